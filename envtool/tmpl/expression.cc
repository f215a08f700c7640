// Evaluation of expressions.
#include <fmt/format.h>

#include "envtool/base/error.h"
#include "envtool/tmpl/access.h"
#include "envtool/tmpl/compare.h"
#include "envtool/tmpl/convert.h"
#include "envtool/tmpl/evaluator.h"
#include "envtool/tmpl/evaluator_guards.h"
#include "envtool/tmpl/filters.h"
#include "envtool/tmpl/iterate.h"
#include "envtool/tmpl/located.h"
#include "envtool/tmpl/methods.h"
#include "envtool/tmpl/operators.h"
#include "envtool/tmpl/print.h"
#include "envtool/tmpl/test_table.h"

namespace tmpl {
namespace {

constexpr std::size_t kLongestQuote = 60;  ///< bytes of an expression that a message repeats

/// The text of an expression if it is short enough for a message.
std::string_view quote(const base::Span& span) {
  const std::string_view text = std::string_view(span.source->text).substr(span.begin, span.length);
  return text.size() > kLongestQuote || text.find_first_of("\n`") != std::string_view::npos
             ? std::string_view()
             : text;
}

std::string key_name(const Value& key) {
  if (key.is_text()) return key.as_text();
  return key.is_integral() ? fmt::format("{}", key.as_integer()) : std::string();
}

}  // namespace

void rethrow_at(const base::Error& error, const base::Span& span) {
  std::vector<base::Diagnostic> diagnostics = error.diagnostics();
  for (base::Diagnostic& diagnostic : diagnostics) {
    if (!diagnostic.span) diagnostic.span = span;
  }
  throw base::Error(std::move(diagnostics));
}

Activation& Evaluator::home(const Slot& slot) {
  Activation* frame = frame_;
  for (std::uint16_t hops = slot.hops; hops > 0; --hops) frame = frame->parent;
  return *frame;
}

Value Evaluator::evaluate(const Expr& expr) {
  if (const auto* literal = std::get_if<Literal>(&expr.node)) return literal->value;
  if (const auto* name = std::get_if<Name>(&expr.node)) return evaluate(*name, expr);
  try {
    runtime_.step();
    const Depth depth(*this);
    return std::visit([&](const auto& node) { return evaluate(node, expr); }, expr.node);
  } catch (const base::Error& error) {
    if (error.diagnostics().front().span) throw;
    rethrow_at(error, expr.span);
  }
}

Value Evaluator::evaluate(const Literal& node, const Expr& /*expr*/) { return node.value; }

Value Evaluator::evaluate(const Name& node, const Expr& expr) {
  const Value& value = at(node.slot);
  if (!value.is_missing()) return value;
  return Value::undefined({fmt::format("`{}` is undefined", node.id), node.id, Value::borrow(variables_),
                           expr.span, runtime_.strict()});
}

std::vector<Value> Evaluator::evaluate_all(const std::vector<ExprPtr>& items) {
  std::vector<Value> values;
  values.reserve(items.size());
  for (const ExprPtr& item : items) values.push_back(evaluate(*item));
  return values;
}

Value Evaluator::evaluate(const ListDisplay& node, const Expr& /*expr*/) {
  return runtime_.list(evaluate_all(node.items));
}

Value Evaluator::evaluate(const TupleDisplay& node, const Expr& /*expr*/) {
  return runtime_.tuple(evaluate_all(node.items));
}

Value Evaluator::evaluate(const DictDisplay& node, const Expr& /*expr*/) {
  Dict dict;
  for (const auto& [key, value] : node.entries) {
    const Value name = evaluate(*key);
    dict.set(name, evaluate(*value));
  }
  return runtime_.dict(std::move(dict));
}

Value Evaluator::undefined_at(const Expr& expr, const Value& object, std::string name) const {
  const std::string_view text = quote(expr.span);
  std::string message = text.empty() ? fmt::format("{} has no `{}`", with_article(object), name)
                                     : fmt::format("`{}` is undefined", text);
  return Value::undefined({std::move(message), std::move(name), object, expr.span, runtime_.strict()});
}

Value Evaluator::evaluate(const Attribute& node, const Expr& expr) {
  return member_of(evaluate(*node.object), node, expr);
}

Value Evaluator::member_of(const Value& object, const Attribute& node, const Expr& expr) {
  auto found = get_attribute(runtime_, object, node.name);
  return found ? std::move(*found) : undefined_at(expr, object, node.name);
}

Value Evaluator::evaluate(const Item& node, const Expr& expr) {
  const Value object = evaluate(*node.object);
  const Value key = evaluate(*node.key);
  auto found = get_item(runtime_, object, key);
  return found ? std::move(*found) : undefined_at(expr, object, key_name(key));
}

Value Evaluator::evaluate_optional(const ExprPtr& expr) { return expr ? evaluate(*expr) : Value(); }

Value Evaluator::evaluate(const Slice& node, const Expr& /*expr*/) {
  const Value object = evaluate(*node.object);
  const Value start = evaluate_optional(node.start);
  const Value stop = evaluate_optional(node.stop);
  const Value step = evaluate_optional(node.step);
  return get_slice(runtime_, object, start, stop, step);
}

Value Evaluator::call(const Value& callee, Arguments&& arguments) {
  if (callee.is_undefined()) fail_undefined(callee);
  if (!callee.is_object()) throw base::Error(fmt::format("{} can't be called", with_article(callee)));
  return callee.as_object()->call(runtime_, std::move(arguments));
}

const Environment::value_type* Evaluator::find_method_of(const Attribute& member) const {
  const auto* owner = std::get_if<Name>(&member.object->node);
  if (owner == nullptr || functions_.empty()) return nullptr;
  const auto found = functions_.find(fmt::format("{}.{}", owner->id, member.name));
  return found == functions_.end() ? nullptr : &*found;
}

/// `object.name(...)`: runs the methods of strings and containers without making a function value first.
Value Evaluator::call_member(const Attribute& member, const Expr& callee, const CallArguments& arguments) {
  const auto* registered = find_method_of(member);
  if (registered != nullptr) return call_foreign(runtime_, registered->first, registered->second, evaluate_arguments(arguments));
  const Value object = evaluate(*member.object);
  const Method* method = find_method(object, member.name);
  if (method != nullptr) return apply(runtime_, *method, object, evaluate_arguments(arguments));
  const Value found = located(callee.span, [&] { return member_of(object, member, callee); });
  return call(found, evaluate_arguments(arguments));
}

Value Evaluator::evaluate(const Call& node, const Expr& /*expr*/) {
  const auto* member = std::get_if<Attribute>(&node.callee->node);
  if (member != nullptr) return call_member(*member, *node.callee, node.arguments);
  const Value callee = evaluate(*node.callee);
  return call(callee, evaluate_arguments(node.arguments));
}

void Evaluator::spread_named(const Value& dict, Arguments& out) {
  if (!dict.is_dict())
    throw base::Error(fmt::format("what `**` spreads must be a dict, not {}", with_article(dict)));
  for (std::size_t i = 0; i < dict.dict_size(); ++i) {
    const Value key = dict.dict_key_at(i);
    if (!key.is_text()) throw base::Error("the keys of what `**` spreads must be strings");
    for (const auto& [name, value] : out.named) {
      if (name == key.as_text()) throw base::Error(fmt::format("argument `{}` is given twice", name));
    }
    out.named.emplace_back(key.as_text(), dict.dict_value_at(i));
  }
}

Arguments Evaluator::evaluate_arguments(const CallArguments& arguments) {
  Arguments out{evaluate_all(arguments.positional), {}};
  out.named.reserve(arguments.named.size());
  if (arguments.star) {
    const Value spread = evaluate(*arguments.star);
    for (Value& item : collect(runtime_, spread)) out.positional.push_back(std::move(item));
  }
  for (const auto& [name, value] : arguments.named) out.named.emplace_back(name, evaluate(*value));
  if (arguments.double_star) spread_named(evaluate(*arguments.double_star), out);
  return out;
}

Value Evaluator::evaluate(const FilterCall& node, const Expr& /*expr*/) {
  const Value input = node.input ? evaluate(*node.input) : block_text_;
  return apply(runtime_, *node.filter, input, evaluate_arguments(node.arguments));
}

Value Evaluator::evaluate(const TestCall& node, const Expr& /*expr*/) {
  const Value input = evaluate(*node.input);
  return Value::boolean(apply(runtime_, *node.test, input, evaluate_arguments(node.arguments)));
}

Value Evaluator::evaluate(const Conditional& node, const Expr& expr) {
  if (truth(evaluate(*node.test))) return evaluate(*node.then);
  if (node.otherwise) return evaluate(*node.otherwise);
  return Value::undefined({"the condition is false and there is no `else`", {}, {}, expr.span, false});
}

Value Evaluator::evaluate(const Binary& node, const Expr& /*expr*/) {
  const Value left = evaluate(*node.left);
  const Value right = evaluate(*node.right);
  return binary(runtime_, node.op, left, right);
}

Value Evaluator::evaluate(const Negate& node, const Expr& /*expr*/) {
  return negate(evaluate(*node.operand));
}

Value Evaluator::evaluate(const Plus& node, const Expr& /*expr*/) { return plus(evaluate(*node.operand)); }

Value Evaluator::evaluate(const Compare& node, const Expr& /*expr*/) {
  Value left = evaluate(*node.first);
  for (const auto& [op, operand] : node.rest) {
    Value right = evaluate(*operand);
    if (!compare(runtime_, op, left, right)) return Value::boolean(false);
    left = std::move(right);
  }
  return Value::boolean(true);
}

Value Evaluator::evaluate(const Concat& node, const Expr& /*expr*/) {
  std::string text;
  std::vector<Value> parts = evaluate_all(node.parts);
  for (const Value& part : parts) {
    append_text(runtime_, text, part);
    runtime_.allocate(text.size());
  }
  return runtime_.text(std::move(text));
}

Value Evaluator::evaluate(const And& node, const Expr& /*expr*/) {
  Value left = evaluate(*node.left);
  return truth(left) ? evaluate(*node.right) : left;
}

Value Evaluator::evaluate(const Or& node, const Expr& /*expr*/) {
  Value left = evaluate(*node.left);
  return truth(left) ? left : evaluate(*node.right);
}

Value Evaluator::evaluate(const Not& node, const Expr& /*expr*/) {
  return Value::boolean(!truth(evaluate(*node.operand)));
}

}  // namespace tmpl
