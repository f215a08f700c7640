#include "envtool/tmpl/operators.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "envtool/base/error.h"
#include "envtool/tmpl/call.h"
#include "envtool/tmpl/compare.h"
#include "envtool/tmpl/iterate.h"
#include "envtool/tmpl/objects.h"
#include "envtool/tmpl/print.h"
#include "envtool/tmpl/runtime.h"

namespace tmpl {
namespace {

constexpr std::string_view kWords[] = {"+", "-", "*", "/", "//", "%", "**"};

[[noreturn]] void fail_operands(BinaryOp op, const Value& left, const Value& right) {
  throw base::Error(fmt::format("`{}` can't take {} and {}", kWords[static_cast<std::size_t>(op)],
                                with_article(left), with_article(right)));
}

[[noreturn]] void fail_overflow() { throw base::Error("the result doesn't fit into 64 bits"); }
[[noreturn]] void fail_zero() { throw base::Error("division by zero"); }

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  if (b == 0) fail_zero();
  if (b == -1) {
    if (a == std::numeric_limits<std::int64_t>::min()) fail_overflow();
    return -a;
  }
  const std::int64_t quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

std::int64_t modulo(std::int64_t a, std::int64_t b) {
  if (b == 0) fail_zero();
  if (b == -1) return 0;
  const std::int64_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

std::int64_t power(std::int64_t base, std::int64_t exponent) {
  std::int64_t result = 1;
  while (exponent > 0) {
    if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result)) fail_overflow();
    exponent >>= 1;
    if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) fail_overflow();
  }
  return result;
}

double modulo(double a, double b) {
  if (b == 0) fail_zero();
  double rest = std::fmod(a, b);
  if (rest == 0) return std::copysign(0.0, b);
  if ((b < 0) != (rest < 0)) rest += b;
  return rest;
}

double floor_divide(double a, double b) {
  if (b == 0) fail_zero();
  const double rest = std::fmod(a, b);
  double quotient = (a - rest) / b;
  if (rest != 0 && (b < 0) != (rest < 0)) quotient -= 1.0;
  if (quotient == 0) return std::copysign(0.0, a / b);
  const double floored = std::floor(quotient);
  return quotient - floored > 0.5 ? floored + 1.0 : floored;
}

double power(double base, double exponent) {
  if (base == 0 && exponent < 0) fail_zero();
  if (base < 0 && std::isfinite(base) && std::isfinite(exponent) && std::floor(exponent) != exponent) {
    throw base::Error("complex numbers aren't supported");
  }
  const double result = std::pow(base, exponent);
  if (std::isinf(result) && std::isfinite(base) && std::isfinite(exponent))
    throw base::Error("the result is too large");
  return result;
}

Value integer_binary(BinaryOp op, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  bool overflow = false;
  switch (op) {
    case BinaryOp::add:
      overflow = __builtin_add_overflow(a, b, &result);
      break;
    case BinaryOp::subtract:
      overflow = __builtin_sub_overflow(a, b, &result);
      break;
    case BinaryOp::multiply:
      overflow = __builtin_mul_overflow(a, b, &result);
      break;
    case BinaryOp::floor_divide:
      result = floor_divide(a, b);
      break;
    case BinaryOp::modulo:
      result = modulo(a, b);
      break;
    case BinaryOp::power:
      if (b < 0) return Value::real(power(static_cast<double>(a), static_cast<double>(b)));
      result = power(a, b);
      break;
    case BinaryOp::divide:
      if (b == 0) fail_zero();
      return Value::real(static_cast<double>(static_cast<long double>(a) / static_cast<long double>(b)));
  }
  if (overflow) fail_overflow();
  return Value::integer(result);
}

Value real_binary(BinaryOp op, double a, double b) {
  switch (op) {
    case BinaryOp::add:
      return Value::real(a + b);
    case BinaryOp::subtract:
      return Value::real(a - b);
    case BinaryOp::multiply:
      return Value::real(a * b);
    case BinaryOp::floor_divide:
      return Value::real(floor_divide(a, b));
    case BinaryOp::modulo:
      return Value::real(modulo(a, b));
    case BinaryOp::power:
      return Value::real(power(a, b));
    case BinaryOp::divide:
      break;
  }
  if (b == 0) fail_zero();
  return Value::real(a / b);
}

std::string escaped_unless_markup(const Value& text) {
  return text.is_markup() ? text.as_text() : escape_html(text.as_text());
}

Value join_texts(Runtime& runtime, const Value& left, const Value& right) {
  runtime.allocate(left.as_text().size() + right.as_text().size());
  if (!left.is_markup() && !right.is_markup()) return runtime.text(left.as_text() + right.as_text());
  return runtime.text(escaped_unless_markup(left) + escaped_unless_markup(right), Markup::yes);
}

Value join_sequences(Runtime& runtime, const Value& left, const Value& right) {
  std::vector<Value> items = collect(runtime, left);
  std::vector<Value> more = collect(runtime, right);
  items.insert(items.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  return left.is_list() ? runtime.list(std::move(items)) : runtime.tuple(std::move(items));
}

Value repeat_text(Runtime& runtime, const Value& text, std::size_t times) {
  const std::string& one = text.as_text();
  std::string all;
  if (!one.empty() && times > 0) {
    if (times > runtime.limits().memory_bytes / one.size())
      runtime.allocate(runtime.limits().memory_bytes + 1);
    runtime.allocate(one.size() * times);
    all.reserve(one.size() * times);
    for (std::size_t i = 0; i < times; ++i) all += one;
  }
  return runtime.text(std::move(all), text.is_markup() ? Markup::yes : Markup::no);
}

Value repeat_sequence(Runtime& runtime, const Value& sequence, std::size_t times) {
  std::vector<Value> items;
  const std::vector<Value> one = sequence.sequence_items();
  for (std::size_t i = 0; i < times && !one.empty(); ++i) {
    runtime.step(one.size());
    runtime.allocate(one.size() * sizeof(Value));
    items.insert(items.end(), one.begin(), one.end());
  }
  return sequence.is_list() ? runtime.list(std::move(items)) : runtime.tuple(std::move(items));
}

Value multiply(Runtime& runtime, const Value& left, const Value& right) {
  const bool count_first = left.is_integral();
  const Value& count = count_first ? left : right;
  const Value& what = count_first ? right : left;
  if (!count.is_integral()) fail_operands(BinaryOp::multiply, left, right);
  const auto times = static_cast<std::size_t>(std::max<std::int64_t>(count.as_integer(), 0));
  if (what.is_text()) return repeat_text(runtime, what, times);
  if (what.is_list() || what.is_tuple()) return repeat_sequence(runtime, what, times);
  fail_operands(BinaryOp::multiply, left, right);
}

Value add(Runtime& runtime, const Value& left, const Value& right) {
  if (left.is_text() && right.is_text()) return join_texts(runtime, left, right);
  const bool sequences = (left.is_list() && right.is_list()) || (left.is_tuple() && right.is_tuple());
  if (!sequences) fail_operands(BinaryOp::add, left, right);
  return join_sequences(runtime, left, right);
}

bool text_contains(const Value& text, const Value& part) {
  if (part.is_undefined()) fail_undefined(part);
  if (!part.is_text()) throw base::Error(fmt::format("a string can't contain {}", with_article(part)));
  const std::string& needle = part.as_text();
  return memmem(text.as_text().data(), text.as_text().size(), needle.data(), needle.size()) != nullptr ||
         needle.empty();
}

bool stream_contains(Runtime& runtime, Stream& stream, const Value& item) {
  Value other;
  while (stream.next(other)) {
    runtime.step();
    if (other.same_as(item) || equal(runtime, other, item)) return true;
  }
  return false;
}

bool object_contains(Runtime& runtime, const Value& container, const Value& item) {
  const auto& object = container.as_object();
  if (const auto* view = dynamic_cast<const DictView*>(object.get())) {
    if (view->kind() == DictView::Kind::keys) return view->dict().dict_find(item).has_value();
  }
  const auto* range = dynamic_cast<const Range*>(object.get());
  if (range != nullptr && item.is_integral()) return range->contains(item.as_integer());
  return stream_contains(runtime, *iterate(runtime, container), item);
}

bool less_or_equal(Runtime& runtime, const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return less(runtime, a, b) || equal(runtime, a, b);
  return !less(runtime, b, a);
}

}  // namespace

Value binary(Runtime& runtime, BinaryOp op, const Value& left, const Value& right) {
  if (left.is_number() && right.is_number()) {
    if (left.is_real() || right.is_real()) return real_binary(op, left.as_real(), right.as_real());
    return integer_binary(op, left.as_integer(), right.as_integer());
  }
  if (left.is_undefined()) fail_undefined(left);
  if (op == BinaryOp::modulo && left.is_text()) return percent_format(runtime, left, right);
  if (right.is_undefined()) fail_undefined(right);
  if (op == BinaryOp::add) return add(runtime, left, right);
  if (op == BinaryOp::multiply) return multiply(runtime, left, right);
  fail_operands(op, left, right);
}

Value negate(const Value& operand) {
  if (operand.is_real()) return Value::real(-operand.as_real());
  if (!operand.is_integral()) fail_type("what `-` stands before", "a number", operand);
  if (operand.as_integer() == std::numeric_limits<std::int64_t>::min()) fail_overflow();
  return Value::integer(-operand.as_integer());
}

Value plus(const Value& operand) {
  if (operand.is_real()) return operand;
  if (!operand.is_integral()) fail_type("what `+` stands before", "a number", operand);
  return Value::integer(operand.as_integer());
}

bool compare(Runtime& runtime, CompareOp op, const Value& left, const Value& right) {
  switch (op) {
    case CompareOp::equal:
      return equal(runtime, left, right);
    case CompareOp::unequal:
      return !equal(runtime, left, right);
    case CompareOp::less:
      return less(runtime, left, right);
    case CompareOp::less_equal:
      return less_or_equal(runtime, left, right);
    case CompareOp::greater:
      return less(runtime, right, left);
    case CompareOp::greater_equal:
      return less_or_equal(runtime, right, left);
    case CompareOp::in:
      return contains(runtime, right, left);
    case CompareOp::not_in:
      return !contains(runtime, right, left);
  }
  return false;
}

bool contains(Runtime& runtime, const Value& container, const Value& item) {
  switch (container.type()) {
    case Type::text:
      runtime.step(container.as_text().size() / 64);
      return text_contains(container, item);
    case Type::dict:
      return container.dict_find(item).has_value();
    case Type::object:
      return object_contains(runtime, container, item);
    default:
      return stream_contains(runtime, *iterate(runtime, container), item);
  }
}

}  // namespace tmpl
