#include "envtool/patch/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "envtool/base/error.h"

namespace patch {
namespace {

using Format = Quantity::Format;

constexpr std::size_t kNanoPlaces = 9;
constexpr int kLargestExponent = 100;
constexpr int kLargestWrittenExponent = 99;  // a multiple of 3 that is read again
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kLargestBinary = "9223372036854775807";

struct Suffix {
  std::string_view text;
  Format format;
  int exponent;  ///< of 10 (decimal) or of 1024 (binary)
};

constexpr std::array<Suffix, 16> kSuffixes{{
    {"n", Format::decimal, -9}, {"u", Format::decimal, -6}, {"m", Format::decimal, -3}, {"", Format::decimal, 0},
    {"k", Format::decimal, 3},  {"M", Format::decimal, 6},  {"G", Format::decimal, 9},  {"T", Format::decimal, 12},
    {"P", Format::decimal, 15}, {"E", Format::decimal, 18}, {"Ki", Format::binary, 1},  {"Mi", Format::binary, 2},
    {"Gi", Format::binary, 3},  {"Ti", Format::binary, 4},  {"Pi", Format::binary, 5},  {"Ei", Format::binary, 6},
}};

// ---- natural numbers as decimal digits, no leading zeros -----------------------------------------------------------

std::string without_leading_zeros(std::string_view digits) {
  const std::size_t first = digits.find_first_not_of('0');
  return first == std::string_view::npos ? std::string() : std::string(digits.substr(first));
}

std::strong_ordering compare(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() <=> b.size() : a <=> b;
}

std::string times_1024(std::string digits) {
  unsigned carry = 0;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
    carry += static_cast<unsigned>(*digit - '0') * 1024;
    *digit = static_cast<char>('0' + carry % 10);
    carry /= 10;
  }
  return without_leading_zeros((carry == 0 ? "" : std::to_string(carry)) + digits);
}

/// The quotient, or nothing if 1024 is no divisor.
std::optional<std::string> divided_by_1024(std::string digits) {
  unsigned rest = 0;
  for (char& digit : digits) {
    rest = rest * 10 + static_cast<unsigned>(digit - '0');
    digit = static_cast<char>('0' + rest / 1024);
    rest %= 1024;
  }
  if (rest != 0) return std::nullopt;
  return without_leading_zeros(digits);
}

std::string plus_one(std::string digits) {
  const std::size_t last = digits.find_last_not_of('9');
  if (last == std::string::npos) return "1" + std::string(digits.size(), '0');
  ++digits[last];
  std::fill(digits.begin() + static_cast<std::ptrdiff_t>(last) + 1, digits.end(), '0');
  return digits;
}

/// digits * 10^power, rounded up.
std::string scaled(std::string digits, int power) {
  if (digits.empty() || power == 0) return digits;
  if (power > 0) return digits.append(static_cast<std::size_t>(power), '0');
  const std::size_t dropped = std::min(static_cast<std::size_t>(-power), digits.size());
  const std::string_view rest = std::string_view(digits).substr(digits.size() - dropped);
  const bool exact = rest.find_first_not_of('0') == std::string_view::npos;
  digits.resize(digits.size() - dropped);
  return exact ? digits : plus_one(std::move(digits));
}

// ---- parsing -------------------------------------------------------------------------------------------------------

std::optional<Suffix> parse_exponent(std::string_view text) {
  if (text.size() < 2 || (text.front() != 'e' && text.front() != 'E')) return std::nullopt;
  text.remove_prefix(1);
  if (text.front() == '+' && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
  int exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  if (!whole || std::abs(exponent) > kLargestExponent) return std::nullopt;
  return Suffix{"", Format::exponent, exponent};
}

std::optional<Suffix> parse_suffix(std::string_view text) {
  const auto known = std::find_if(kSuffixes.begin(), kSuffixes.end(), [&](const Suffix& s) { return s.text == text; });
  return known != kSuffixes.end() ? std::optional(*known) : parse_exponent(text);
}

/// The parts of an unsigned quantity.
struct Parts {
  std::string_view whole, fraction, suffix;
};

std::string_view take_digits(std::string_view& text) {
  const std::string_view digits = text.substr(0, std::min(text.find_first_not_of(kDigits), text.size()));
  text.remove_prefix(digits.size());
  return digits;
}

std::optional<Parts> parse_parts(std::string_view text) {
  Parts parts;
  parts.whole = take_digits(text);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    parts.fraction = take_digits(text);
  }
  if (parts.whole.empty() && parts.fraction.empty()) return std::nullopt;
  parts.suffix = text;
  return parts;
}

std::string nanos_of(const Parts& parts, const Suffix& suffix) {
  std::string digits = without_leading_zeros(fmt::format("{}{}", parts.whole, parts.fraction));
  const int places = static_cast<int>(kNanoPlaces) - static_cast<int>(parts.fraction.size());
  if (suffix.format != Format::binary) return scaled(std::move(digits), places + suffix.exponent);
  for (int i = 0; i < suffix.exponent; ++i) digits = times_1024(std::move(digits));
  const std::string largest = scaled(std::string(kLargestBinary), kNanoPlaces);
  digits = scaled(std::move(digits), places);
  return compare(digits, largest) > 0 ? largest : digits;
}

// ---- writing -------------------------------------------------------------------------------------------------------

/// nanos = mantissa * 10^exponent / 10^9, the exponent a multiple of 3 and as large as it can be.
struct Scientific {
  std::string mantissa;
  int exponent;
};

Scientific scientific(const std::string& nanos, int largest_exponent) {
  const std::size_t zeros = nanos.size() - 1 - nanos.find_last_not_of('0');
  const int exponent = std::min(static_cast<int>(zeros - zeros % 3) - static_cast<int>(kNanoPlaces), largest_exponent);
  return {nanos.substr(0, nanos.size() - static_cast<std::size_t>(exponent + static_cast<int>(kNanoPlaces))), exponent};
}

std::string decimal_text(const std::string& nanos) {
  const Scientific number = scientific(nanos, 18);
  const auto suffix = std::find_if(kSuffixes.begin(), kSuffixes.end(), [&](const Suffix& s) {
    return s.format == Format::decimal && s.exponent == number.exponent;
  });
  return fmt::format("{}{}", number.mantissa, suffix->text);
}

std::string exponent_text(const std::string& nanos) {
  const Scientific number = scientific(nanos, kLargestWrittenExponent);
  return number.exponent == 0 ? number.mantissa : fmt::format("{}e{}", number.mantissa, number.exponent);
}

/// Of whole units that are 1024 or more.
std::string binary_text(std::string units) {
  const auto* suffix = std::find_if(kSuffixes.begin(), kSuffixes.end(), [](const Suffix& s) { return s.text == "Ki"; });
  std::string_view text;
  for (; suffix != kSuffixes.end(); ++suffix) {
    const std::optional<std::string> quotient = divided_by_1024(units);
    if (!quotient) break;
    units = *quotient;
    text = suffix->text;
  }
  return fmt::format("{}{}", units, text);
}

/// Binary suffixes are for whole units from 1024 on; anything else would lose precision or clarity.
bool suits_binary(const std::string& nanos) {
  if (compare(nanos, scaled("1024", kNanoPlaces)) < 0) return false;
  return nanos.find_last_not_of('0') < nanos.size() - kNanoPlaces;
}

std::string unsigned_text(const std::string& nanos, Format format) {
  if (format == Format::exponent) return exponent_text(nanos);
  if (format == Format::decimal || !suits_binary(nanos)) return decimal_text(nanos);
  return binary_text(nanos.substr(0, nanos.size() - kNanoPlaces));
}

}  // namespace

Quantity Quantity::parse(std::string_view text, base::Span span) {
  const bool has_sign = text.starts_with('-') || text.starts_with('+');
  const std::optional<Parts> parts = parse_parts(text.substr(has_sign ? 1 : 0));
  const std::optional<Suffix> suffix = parts ? parse_suffix(parts->suffix) : std::nullopt;
  if (!suffix) {
    throw base::Error(fmt::format("`{}` is no quantity", text), span)
        .hint("write a number and a unit: n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei, or an exponent like `e3`");
  }
  Quantity quantity;
  quantity.nanos_ = nanos_of(*parts, *suffix);
  quantity.negative_ = text.starts_with('-') && !quantity.nanos_.empty();
  quantity.format_ = suffix->format;
  return quantity;
}

std::string Quantity::to_string() const {
  if (is_zero()) return "0";
  return fmt::format("{}{}", negative_ ? "-" : "", unsigned_text(nanos_, format_));
}

double Quantity::to_real() const {
  const double value = std::strtod(fmt::format("0{}e-{}", nanos_, kNanoPlaces).c_str(), nullptr);
  return negative_ ? -value : value;
}

std::optional<std::int64_t> Quantity::to_integer() const {
  const std::string digits = fmt::format("{}0{}", negative_ ? "-" : "", scaled(nanos_, -static_cast<int>(kNanoPlaces)));
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc{} ? std::optional(value) : std::nullopt;
}

std::strong_ordering operator<=>(const Quantity& a, const Quantity& b) {
  if (a.negative_ != b.negative_) return a.negative_ ? std::strong_ordering::less : std::strong_ordering::greater;
  return a.negative_ ? compare(b.nanos_, a.nanos_) : compare(a.nanos_, b.nanos_);
}

}  // namespace patch
