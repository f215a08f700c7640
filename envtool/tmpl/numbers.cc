#include "envtool/tmpl/numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "envtool/base/error.h"
#include "envtool/tmpl/text.h"

namespace tmpl {
namespace {

constexpr std::int64_t kMostDigits = 400;  ///< beyond this a float can't change by rounding

/// Without underscores, each of which must stand between two digits; nothing if one doesn't.
std::optional<std::string> without_underscores(std::string_view text) {
  const auto digit = [](char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out += text[i];
    } else if (i == 0 || i + 1 == text.size() || !digit(text[i - 1]) || !digit(text[i + 1])) {
      return std::nullopt;
    }
  }
  return out;
}

/// The base that a prefix (`0x`, `0o`, `0b`) names, or zero.
int prefix_base(std::string_view digits) {
  if (digits.size() < 2 || digits[0] != '0') return 0;
  switch (digits[1] | 0x20) {
    case 'x':
      return 16;
    case 'o':
      return 8;
    case 'b':
      return 2;
    default:
      return 0;
  }
}

bool is_real_text(std::string_view text) {
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
  const std::string word = lower(text);
  if (word == "inf" || word == "infinity" || word == "nan") return true;
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-';
  });
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text, std::int64_t base) {
  if (base != 0 && (base < 2 || base > 36)) return std::nullopt;
  text = strip(text, Side::both);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const int prefixed = prefix_base(text);
  int radix = static_cast<int>(base);
  if (prefixed != 0 && (base == 0 || base == prefixed)) {
    radix = prefixed;
    text.remove_prefix(text.size() > 2 && text[2] == '_' ? 3 : 2);
  }
  const auto digits = without_underscores(text);
  if (!digits || digits->empty() || (*digits)[0] == '-') return std::nullopt;
  const bool zeros = digits->find_first_not_of('0') == std::string::npos;
  if (radix == 0 && (*digits)[0] == '0' && !zeros) return std::nullopt;
  const std::string signed_digits = (negative ? "-" : "") + *digits;
  std::int64_t value = 0;
  const char* const last = signed_digits.data() + signed_digits.size();
  const auto [end, error] = std::from_chars(signed_digits.data(), last, value, radix == 0 ? 10 : radix);
  if (end != last || error == std::errc::invalid_argument) return std::nullopt;
  if (error != std::errc{}) throw base::Error("the integer doesn't fit into 64 bits");
  return value;
}

std::optional<double> parse_real(std::string_view text) {
  const auto digits = without_underscores(strip(text, Side::both));
  if (!digits || !is_real_text(*digits)) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(digits->c_str(), &end);
  return end == digits->c_str() + digits->size() ? std::optional(value) : std::nullopt;
}

double round_real(double value, std::int64_t digits) {
  if (!std::isfinite(value) || digits > kMostDigits) return value;
  if (digits < -kMostDigits) return std::copysign(0.0, value);
  if (digits >= 0) return std::strtod(fmt::format("{:.{}f}", value, digits).c_str(), nullptr);
  const double power = std::pow(10.0, static_cast<double>(-digits));
  return std::nearbyint(value / power) * power;
}

std::int64_t round_integer(std::int64_t value, std::int64_t digits) {
  if (digits >= 0) return value;
  if (digits < -18) return 0;
  std::int64_t power = 1;
  for (std::int64_t i = digits; i < 0; ++i) power *= 10;
  const std::int64_t rest = value % power;
  const std::int64_t low = value - rest;
  const std::int64_t twice = std::abs(rest) * 2 - power;
  const bool up = twice > 0 || (twice == 0 && (low / power) % 2 != 0);
  std::int64_t result = low;
  if (up && __builtin_add_overflow(low, rest < 0 ? -power : power, &result)) {
    throw base::Error("the result doesn't fit into 64 bits");
  }
  return result;
}

}  // namespace tmpl
