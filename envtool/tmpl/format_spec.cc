#include "envtool/tmpl/format_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "envtool/base/error.h"
#include "envtool/tmpl/print.h"
#include "envtool/tmpl/runtime.h"
#include "envtool/tmpl/unicode.h"

namespace tmpl {
namespace {

constexpr std::int64_t kMostPrecision = 1000;

std::string upper_ascii(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  return text;
}

std::string sign_of(bool negative, char sign) {
  if (negative) return "-";
  return sign == '-' ? "" : std::string(1, sign);
}

/// Separators between groups of digits, counted from the end of the whole part.
std::string group(const std::string& digits, char separator, std::size_t every) {
  const std::size_t whole = std::min(digits.find_first_not_of("0123456789abcdefABCDEF"), digits.size());
  std::string out;
  for (std::size_t i = 0; i < whole; ++i) {
    if (i != 0 && (whole - i) % every == 0) out += separator;
    out += digits[i];
  }
  return out + digits.substr(whole);
}

std::string pad(Runtime& runtime, const std::string& head, const std::string& body, const FormatSpec& spec,
                char align) {
  const auto length = static_cast<std::int64_t>(text_length(head) + text_length(body));
  const std::size_t missing = spec.width > length ? static_cast<std::size_t>(spec.width - length) : 0;
  runtime.allocate(missing);
  runtime.allocate(missing * spec.fill.size());
  const auto fill = [&](std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += spec.fill;
    return out;
  };
  switch (align) {
    case '<':
      return head + body + fill(missing);
    case '^':
      return fill(missing / 2) + head + body + fill(missing - missing / 2);
    case '=':
      return head + fill(missing) + body;
    default:
      return fill(missing) + head + body;
  }
}

/// Zeros that fill a number up are digits too: they get separators.
std::string pad_number(Runtime& runtime, const std::string& head, std::string digits, const FormatSpec& spec,
                       std::size_t every) {
  const bool zeros = spec.grouping != '\0' && spec.fill == "0" && spec.align == '=';
  if (zeros && spec.width > kMostPrecision) throw base::Error("the width is too large");
  while (zeros) {
    const std::string grouped = group("0" + digits, spec.grouping, every);
    if (static_cast<std::int64_t>(head.size() + grouped.size()) > spec.width) break;
    digits.insert(0, 1, '0');
  }
  if (spec.grouping != '\0') digits = group(digits, spec.grouping, every);
  return pad(runtime, head, digits, spec, spec.align == '\0' ? '>' : spec.align);
}

std::string integer_digits(std::uint64_t magnitude, char type) {
  switch (type) {
    case 'x':
      return fmt::format("{:x}", magnitude);
    case 'X':
      return fmt::format("{:X}", magnitude);
    case 'o':
      return fmt::format("{:o}", magnitude);
    case 'b':
      return fmt::format("{:b}", magnitude);
    default:
      return fmt::format("{}", magnitude);
  }
}

std::string general(double magnitude, const FormatSpec& spec) {
  const std::int64_t precision = std::max<std::int64_t>(spec.precision.value_or(6), 1);
  return spec.alternate ? fmt::format("{:#.{}g}", magnitude, precision)
                        : fmt::format("{:.{}g}", magnitude, precision);
}

/// Without a type, a precision means significant digits, but there is always a digit after the point.
std::string plain_real(double magnitude, const FormatSpec& spec) {
  if (!spec.precision) return real_to_text(magnitude);
  std::string text = general(magnitude, spec);
  const bool whole = text.find_first_of(".e") == std::string::npos;
  if (!whole) return text;
  const bool fits = static_cast<std::int64_t>(text.size()) < std::max<std::int64_t>(*spec.precision, 1);
  return fits ? text + ".0"
              : fmt::format("{:.{}e}", magnitude, std::max<std::int64_t>(*spec.precision - 1, 0));
}

std::string real_digits(double magnitude, const FormatSpec& spec) {
  const char kind = static_cast<char>(spec.type | 0x20);
  const std::int64_t precision = spec.precision.value_or(6);
  if (precision > kMostPrecision) throw base::Error("the precision is too large");
  if (!std::isfinite(magnitude)) return std::isnan(magnitude) ? "nan" : "inf";
  switch (spec.type == '\0' ? '\0' : kind) {
    case 'f':
      return spec.alternate ? fmt::format("{:#.{}f}", magnitude, precision)
                            : fmt::format("{:.{}f}", magnitude, precision);
    case 'e':
      return spec.alternate ? fmt::format("{:#.{}e}", magnitude, precision)
                            : fmt::format("{:.{}e}", magnitude, precision);
    case 'g':
    case 'n':
      return general(magnitude, spec);
    default:
      return plain_real(magnitude, spec);
  }
}

}  // namespace

std::string format_integer(Runtime& runtime, std::int64_t value, const FormatSpec& spec) {
  const std::uint64_t magnitude =
      value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  std::string digits = integer_digits(magnitude, spec.type);
  if (spec.precision) {
    if (*spec.precision > kMostPrecision) throw base::Error("the precision is too large");
    const auto least = static_cast<std::size_t>(std::max<std::int64_t>(*spec.precision, 0));
    if (digits.size() < least) digits.insert(0, least - digits.size(), '0');
  }
  std::string head = sign_of(value < 0, spec.sign);
  const bool based = std::string_view("xXob").find(spec.type) != std::string_view::npos && spec.type != '\0';
  if (spec.alternate && based) head += {'0', spec.type};
  return pad_number(runtime, head, std::move(digits), spec, based ? 4 : 3);
}

std::string format_real(Runtime& runtime, double value, const FormatSpec& spec) {
  const bool percent = spec.type == '%';
  FormatSpec plain = spec;
  if (percent) plain.type = 'f';
  std::string digits = real_digits(std::abs(percent ? value * 100 : value), plain);
  if (spec.type >= 'A' && spec.type <= 'Z') digits = upper_ascii(std::move(digits));
  if (percent) digits += '%';
  const bool negative = std::signbit(value) && !std::isnan(value);
  return pad_number(runtime, sign_of(negative, spec.sign), std::move(digits), spec, 3);
}

std::string format_text(Runtime& runtime, std::string_view text, const FormatSpec& spec) {
  std::string kept(text);
  if (spec.precision)
    kept = to_utf8(
        to_code_points(text).substr(0, static_cast<std::size_t>(std::max<std::int64_t>(*spec.precision, 0))));
  return pad(runtime, {}, kept, spec, spec.align == '\0' ? '<' : spec.align);
}

}  // namespace tmpl
