// Macros, call blocks and the activations that they need.
#include <fmt/format.h>

#include <algorithm>

#include "envtool/base/error.h"
#include "envtool/tmpl/evaluator.h"
#include "envtool/tmpl/evaluator_guards.h"
#include "envtool/tmpl/located.h"

namespace tmpl {
namespace {

/// A macro with the scope in which it was defined.
class MacroObject final : public Object {
 public:
  MacroObject(Evaluator& evaluator, const MacroBody& macro, Activation& scope)
      : evaluator_(evaluator), macro_(macro), scope_(scope) {}

  std::string_view type_name() const override { return "macro"; }
  bool callable() const override { return true; }
  Value call(Runtime& /*runtime*/, Arguments&& arguments) override {
    return evaluator_.call_macro(macro_, scope_, std::move(arguments));
  }
  std::optional<Value> attribute(Runtime& runtime, std::string_view name) override {
    if (name == "name") return macro_.name.empty() ? Value::none() : runtime.text(macro_.name);
    if (name == "catch_kwargs") return Value::boolean(macro_.uses_kwargs);
    if (name == "catch_varargs") return Value::boolean(macro_.uses_varargs);
    if (name == "caller") return Value::boolean(macro_.uses_caller);
    if (name == "explicit_caller") return Value::boolean(macro_.explicit_caller);
    if (name != "arguments") return std::nullopt;
    std::vector<Value> names;
    for (const Parameter& parameter : macro_.parameters) names.push_back(runtime.text(parameter.name));
    return runtime.tuple(std::move(names));
  }
  std::string repr(Runtime& /*runtime*/) const override {
    return macro_.name.empty() ? "<Macro anonymous>" : fmt::format("<Macro '{}'>", macro_.name);
  }

 private:
  Evaluator& evaluator_;
  const MacroBody& macro_;
  Activation& scope_;
};

/// Takes an argument given by name out of the list; missing if it isn't there.
Value take_named(Arguments& arguments, std::string_view name) {
  const auto found = std::find_if(arguments.named.begin(), arguments.named.end(),
                                  [&](const auto& argument) { return argument.first == name; });
  if (found == arguments.named.end()) return {};
  Value value = std::move(found->second);
  arguments.named.erase(found);
  return value;
}

std::string describe(const MacroBody& macro) {
  return macro.name.empty() ? "the body of the call" : fmt::format("macro `{}`", macro.name);
}

}  // namespace

Value Evaluator::make_macro(const MacroBody& macro) {
  for (Activation* frame = frame_; frame != nullptr && !frame->captured; frame = frame->parent)
    frame->captured = true;
  return runtime_.make<MacroObject>(*this, macro, *frame_);
}

void Evaluator::release(std::unique_ptr<Activation> frame) {
  if (!frame->captured) return;
  runtime_.allocate(sizeof(Activation) + frame->slots.size() * sizeof(Value));
  kept_.push_back(std::move(frame));
}

void Evaluator::execute(const Macro& node, const base::Span& /*span*/) {
  at(node.slot) = make_macro(node.macro);
}

void Evaluator::execute(const CallBlock& node, const base::Span& /*span*/) {
  const Depth depth(*this);
  const Call& target = std::get<Call>(node.call->node);
  const Value caller = make_macro(node.caller);
  const Value text = located(node.call->span, [&] {
    const Value callee = evaluate(*target.callee);
    Arguments arguments = evaluate_arguments(target.arguments);
    arguments.named.emplace_back("caller", caller);
    return call(callee, std::move(arguments));
  });
  write_text(text, "what `call` calls", node.call->span);
}

Value Evaluator::call_macro(const MacroBody& macro, Activation& scope, Arguments&& arguments) {
  const Depth depth(*this);
  const Runtime::Nesting nesting(runtime_);
  runtime_.step();
  runtime_.allocate(macro.slots * sizeof(Value));
  auto frame = std::make_unique<Activation>(Activation{std::vector<Value>(macro.slots), &scope});
  bind_parameters(macro, *frame, arguments);
  Capture capture(*this);
  {
    const Entered entered(*this, *frame);
    enter(macro.scope);
    fill_defaults(macro);
    execute(macro.body);
  }
  release(std::move(frame));
  return capture.take();
}

void Evaluator::bind_parameters(const MacroBody& macro, Activation& frame, Arguments& arguments) {
  const std::size_t count = macro.parameters.size();
  const std::size_t given = std::min(count, arguments.positional.size());
  bool found_caller = given == count && macro.explicit_caller;
  for (std::size_t i = 0; i < given; ++i)
    frame.slots[macro.parameters[i].slot.index] = arguments.positional[i];
  for (std::size_t i = given; i < count; ++i) {
    const Parameter& parameter = macro.parameters[i];
    if (parameter.name == "caller") found_caller = true;
    frame.slots[parameter.slot.index] = take_named(arguments, parameter.name);
  }
  bind_specials(macro, frame, arguments, found_caller || macro.explicit_caller);
}

void Evaluator::bind_specials(const MacroBody& macro, Activation& frame, Arguments& arguments,
                              bool found_caller) {
  if (macro.uses_caller && !found_caller) {
    Value caller = take_named(arguments, "caller");
    const bool absent = caller.is_missing() || caller.is_none();
    if (absent)
      caller = runtime_.undefined(fmt::format("{} isn't used in a `call` block", describe(macro)), "caller");
    frame.slots[macro.caller.index] = std::move(caller);
  }
  if (macro.uses_kwargs) {
    Dict named;
    for (auto& [name, value] : arguments.named) named.set(Value::text(name), std::move(value));
    frame.slots[macro.kwargs.index] = runtime_.dict(std::move(named));
  } else if (!arguments.named.empty()) {
    throw base::Error(
        fmt::format("{} takes no argument `{}`", describe(macro), arguments.named.front().first));
  }
  const std::size_t count = macro.parameters.size();
  const bool more = arguments.positional.size() > count;
  if (macro.uses_varargs) {
    auto first = arguments.positional.begin() +
                 static_cast<std::ptrdiff_t>(std::min(count, arguments.positional.size()));
    frame.slots[macro.varargs.index] = runtime_.tuple({first, arguments.positional.end()});
  } else if (more) {
    throw base::Error(
        fmt::format("{} takes {} arguments, not {}", describe(macro), count, arguments.positional.size()));
  }
}

void Evaluator::fill_defaults(const MacroBody& macro) {
  for (const Parameter& parameter : macro.parameters) {
    Value& slot = at(parameter.slot);
    if (!slot.is_missing()) continue;
    Value value = parameter.fallback ? evaluate(*parameter.fallback)
                                     : runtime_.undefined(fmt::format("parameter `{}` of {} isn't given",
                                                                      parameter.name, describe(macro)),
                                                          parameter.name);
    at(parameter.slot) = std::move(value);
  }
}

}  // namespace tmpl
