#include "envtool/doc/scalar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "envtool/base/strings.h"
#include "envtool/doc/yaml.h"

namespace doc {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool all_of(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

/// `True` and `TRUE`, but not `tRUE`.
bool is_word_of_core_schema(std::string_view text, std::string_view word) {
  if (text.size() != word.size() || lower(text) != word) return false;
  const bool rest_lower = text.substr(1) == word.substr(1);
  const bool all_upper = std::none_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  return rest_lower || all_upper;
}

std::optional<Value> parse_integer(std::string_view text, int base) {
  const bool negative = text.starts_with('-');
  const std::string digits = (negative ? "-" : "") + std::string(text.substr(text.starts_with('-') || text.starts_with('+')));
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error == std::errc{} && end == digits.data() + digits.size()) return Value(value);
  if (base == 10 && error == std::errc::result_out_of_range) return Value(std::strtod(digits.c_str(), nullptr));
  return std::nullopt;
}

std::optional<Value> resolve_integer(std::string_view text) {
  const bool sign = text.starts_with('-') || text.starts_with('+');
  const std::string_view digits = text.substr(sign ? 1 : 0);
  if (!sign && digits.starts_with("0x") && all_of(digits.substr(2), "0123456789abcdefABCDEF")) {
    return parse_integer(digits.substr(2), 16);
  }
  if (!sign && digits.starts_with("0o") && all_of(digits.substr(2), "01234567")) return parse_integer(digits.substr(2), 8);
  if (!all_of(digits, "0123456789")) return std::nullopt;
  const bool octal = digits.size() > 1 && digits.starts_with('0') && all_of(digits, "01234567");
  return parse_integer(text, octal ? 8 : 10);
}

/// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool has_form_of_real(std::string_view text) {
  std::size_t i = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  const auto skip_digits = [&] {
    const std::size_t from = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i - from;
  };
  std::size_t digits = skip_digits();
  if (i < text.size() && text[i] == '.') {
    ++i;
    digits += skip_digits();
  }
  if (digits == 0) return false;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    if (skip_digits() == 0) return false;
  }
  return i == text.size();
}

std::optional<double> resolve_special_real(std::string_view text) {
  const bool negative = text.starts_with('-');
  const std::string_view body = text.substr(negative || text.starts_with('+') ? 1 : 0);
  if (body == ".inf" || body == ".Inf" || body == ".INF") {
    const double infinity = std::numeric_limits<double>::infinity();
    return negative ? -infinity : infinity;
  }
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return std::numeric_limits<double>::quiet_NaN();
  return std::nullopt;
}

/// The words that YAML 1.1 reads as booleans or null, in any case: some readers are more lenient than others.
bool is_word_of_yaml_1_1(std::string_view text) {
  constexpr std::array<std::string_view, 10> kWords{"y", "n", "yes", "no", "on", "off", "true", "false", "null", "~"};
  if (text.size() > 5) return false;
  return std::find(kWords.begin(), kWords.end(), lower(text)) != kWords.end();
}

/// Anything that begins as a number, a date or a time does in some reader's eyes: quoting too much is harmless.
bool may_be_number(std::string_view text) {
  if (resolve_special_real(text)) return true;
  const std::size_t start = text.find_first_not_of("+-.");
  if (start == std::string_view::npos) return text == "." || text == ".." ? false : text.size() < 2;
  if (!is_digit(text[start])) return false;
  const std::string prefix = lower(text.substr(start, 2));
  if (prefix == "0x" || prefix == "0b" || prefix == "0o") return true;
  return text.find_first_not_of("0123456789+-.:_eETtZz ", start) == std::string_view::npos;
}

bool starts_with_indicator(std::string_view text) {
  constexpr std::string_view kIndicators = ",[]{}#&*!|>'\"%@`=";
  if (kIndicators.find(text.front()) != std::string_view::npos) return true;
  const bool may_indicate = text.front() == '-' || text.front() == '?' || text.front() == ':';
  return may_indicate && (text.size() == 1 || text[1] == ' ');
}

bool has_special_bytes(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte >= 0x7F;
  });
}

}  // namespace

Value resolve_plain(std::string_view text) {
  if (text.empty() || text == "~" || is_word_of_core_schema(text, "null")) return {};
  if (is_word_of_core_schema(text, "true")) return Value(true);
  if (is_word_of_core_schema(text, "false")) return Value(false);
  if (std::optional<Value> integer = resolve_integer(text)) return *integer;
  if (has_form_of_real(text)) return Value(std::strtod(std::string(text).c_str(), nullptr));
  if (const std::optional<double> special = resolve_special_real(text)) return Value(*special);
  return Value(text);
}

Value plain_scalar(std::string_view text) { return resolve_plain(text); }

std::optional<Value> resolve_tagged(std::string_view tag, const std::string& text) {
  constexpr std::string_view kPrefix = "tag:yaml.org,2002:";
  if (!tag.starts_with(kPrefix)) return std::nullopt;
  const std::string_view type = tag.substr(kPrefix.size());
  if (type == "str") return Value(text);
  if (type == "binary") return Value(text);
  const Value value = resolve_plain(text);
  const bool fits = (type == "int" && value.is_integer()) || (type == "float" && value.is_number()) ||
                    (type == "bool" && value.is_bool()) || (type == "null" && value.is_null());
  if (!fits) return std::nullopt;
  return type == "float" ? Value(value.as_real()) : value;
}

bool is_plain_string(std::string_view text) {
  if (text.empty() || text == "<<" || text.starts_with("---") || text.starts_with("...")) return false;
  if (text.front() == ' ' || text.back() == ' ' || text.back() == ':') return false;
  if (starts_with_indicator(text) || has_special_bytes(text)) return false;
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos) return false;
  return !is_word_of_yaml_1_1(text) && !may_be_number(text);
}

std::string yaml_real(double value) {
  if (std::isnan(value)) return ".nan";
  if (std::isinf(value)) return value < 0 ? "-.inf" : ".inf";
  std::string text = fmt::format("{}", value);
  const std::size_t exponent = text.find('e');
  const std::string mantissa = text.substr(0, exponent);
  const std::string point = mantissa.find('.') == std::string::npos ? ".0" : "";
  return exponent == std::string::npos ? mantissa + point : mantissa + point + text.substr(exponent);
}

}  // namespace doc
