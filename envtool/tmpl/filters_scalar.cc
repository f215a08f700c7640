// Filters about single values: defaults, numbers, JSON.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "envtool/base/error.h"
#include "envtool/tmpl/access.h"
#include "envtool/tmpl/compare.h"
#include "envtool/tmpl/filters.h"
#include "envtool/tmpl/numbers.h"
#include "envtool/tmpl/operators.h"
#include "envtool/tmpl/pretty.h"
#include "envtool/tmpl/print.h"
#include "envtool/tmpl/runtime.h"

namespace tmpl {
namespace {

Value default_filter(Runtime& runtime, const Value& input, const Bound& arguments) {
  const bool replace = input.is_undefined() || (arguments.truth(1, false) && !truth(input));
  if (!replace) return input;
  return arguments.has(0) ? arguments.at(0) : runtime.text("");
}

Value attr_filter(Runtime& runtime, const Value& input, const Bound& arguments) {
  const auto found = get_own_attribute(runtime, input, arguments.text(0));
  return found ? *found : undefined_member(runtime, input, arguments.at(0));
}

std::optional<std::string> json_indent(Runtime& runtime, const Bound& arguments) {
  if (arguments.at(0).is_text()) return arguments.at(0).as_text();
  const auto width = arguments.optional_integer(0);
  if (!width) return std::nullopt;
  const auto spaces = static_cast<std::size_t>(std::max<std::int64_t>(*width, 0));
  runtime.allocate(spaces);
  return std::string(spaces, ' ');
}

Value tojson_filter(Runtime& runtime, const Value& input, const Bound& arguments) {
  return runtime.text(to_json(runtime, input, json_indent(runtime, arguments)), Markup::yes);
}

Value pprint_filter(Runtime& runtime, const Value& input, const Bound& /*arguments*/) {
  return runtime.text(to_pretty(runtime, input));
}

Value abs_filter(Runtime& /*runtime*/, const Value& input, const Bound& /*arguments*/) {
  if (input.is_real()) return Value::real(std::abs(input.as_real()));
  if (!input.is_number()) fail_type("what abs takes", "a number", input);
  return input.as_integer() < 0 ? negate(input) : Value::integer(input.as_integer());
}

/// A float without its fraction. Nothing for what is no number.
std::optional<std::int64_t> truncate(double real) {
  constexpr double kBeyond = 9223372036854775808.0;
  if (!std::isfinite(real)) return std::nullopt;
  if (real >= kBeyond || real < -kBeyond) throw base::Error("the integer doesn't fit into 64 bits");
  return static_cast<std::int64_t>(real);
}

std::optional<std::int64_t> to_integer(const Value& input, std::int64_t base) {
  if (input.is_undefined()) fail_undefined(input);
  if (input.is_integral()) return input.as_integer();
  if (input.is_real()) {
    if (std::isinf(input.as_real())) throw base::Error("an infinite number has no integer");
    return truncate(input.as_real());
  }
  if (!input.is_text()) return std::nullopt;
  if (const auto whole = parse_integer(input.as_text(), base)) return whole;
  const auto real = parse_real(input.as_text());
  return real ? truncate(*real) : std::nullopt;
}

Value int_filter(Runtime& /*runtime*/, const Value& input, const Bound& arguments) {
  if (const auto whole = to_integer(input, arguments.integer(1, 10))) return Value::integer(*whole);
  return arguments.has(0) ? arguments.at(0) : Value::integer(0);
}

Value float_filter(Runtime& /*runtime*/, const Value& input, const Bound& arguments) {
  if (input.is_undefined()) fail_undefined(input);
  if (input.is_number()) return Value::real(input.as_real());
  const auto real = input.is_text() ? parse_real(input.as_text()) : std::nullopt;
  if (real) return Value::real(*real);
  return arguments.has(0) ? arguments.at(0) : Value::real(0.0);
}

Value round_up_or_down(const Value& input, std::int64_t precision, double (*direction)(double)) {
  const double power = std::pow(10.0, static_cast<double>(precision));
  const double scaled = input.as_real() * power;
  if (!std::isfinite(scaled)) throw base::Error("this number can't be rounded");
  return Value::real((direction(scaled) + 0.0) / power);  // never minus zero
}

Value round_filter(Runtime& /*runtime*/, const Value& input, const Bound& arguments) {
  const std::int64_t precision = arguments.integer(0, 0);
  const std::string_view method = arguments.text(1, "common");
  if (method != "common" && method != "ceil" && method != "floor") {
    throw base::Error("the method must be `common`, `ceil` or `floor`");
  }
  if (!input.is_number()) fail_type("what is rounded", "a number", input);
  if (method == "ceil") return round_up_or_down(input, precision, std::ceil);
  if (method == "floor") return round_up_or_down(input, precision, std::floor);
  if (input.is_real()) return Value::real(round_real(input.as_real(), precision));
  return Value::integer(round_integer(input.as_integer(), precision));
}

double to_real(const Value& input) {
  if (input.is_number()) return input.as_real();
  const auto real = input.is_text() ? parse_real(input.as_text()) : std::nullopt;
  if (!real) fail_type("a size", "a number", input);
  return *real;
}

Value filesizeformat_filter(Runtime& runtime, const Value& input, const Bound& arguments) {
  const bool binary = arguments.truth(0, false);
  const double bytes = to_real(input);
  const double base = binary ? 1024 : 1000;
  if (bytes == 1) return runtime.text("1 Byte");
  if (std::isnan(bytes)) return runtime.text(fmt::format("nan {}", binary ? "YiB" : "YB"));
  if (bytes < base) {
    const auto whole = truncate(bytes);
    if (!whole) throw base::Error("an infinite number is no size");
    return runtime.text(fmt::format("{} Bytes", *whole));
  }
  constexpr std::string_view kLetters = "kMGTPEZY";
  double unit = base;
  std::size_t i = 0;
  for (; i < kLetters.size(); ++i) {
    unit *= base;
    if (bytes < unit) break;
  }
  const char letter = binary && i == 0 ? 'K' : kLetters[std::min(i, kLetters.size() - 1)];
  return runtime.text(fmt::format("{:.1f} {}{}B", base * bytes / unit, letter, binary ? "i" : ""));
}

}  // namespace

std::vector<Filter> scalar_filters() {
  const Signature none("");
  const Signature fallback("default_value? boolean?");
  return {
      {"abs", none, abs_filter},
      {"attr", Signature("name"), attr_filter},
      {"d", fallback, default_filter},
      {"default", fallback, default_filter},
      {"filesizeformat", Signature("binary?"), filesizeformat_filter},
      {"float", Signature("default?"), float_filter},
      {"int", Signature("default? base?"), int_filter},
      {"pprint", none, pprint_filter},
      {"round", Signature("precision? method?"), round_filter},
      {"tojson", Signature("indent?"), tojson_filter},
  };
}

}  // namespace tmpl
