// Execution of statements.
#include <fmt/format.h>

#include "envtool/base/error.h"
#include "envtool/tmpl/call.h"
#include "envtool/tmpl/compare.h"
#include "envtool/tmpl/convert.h"
#include "envtool/tmpl/evaluator.h"
#include "envtool/tmpl/evaluator_guards.h"
#include "envtool/tmpl/iterate.h"
#include "envtool/tmpl/located.h"
#include "envtool/tmpl/loop.h"
#include "envtool/tmpl/objects.h"
#include "envtool/tmpl/print.h"

namespace tmpl {

Evaluator::Evaluator(const Body& body, const doc::Map& variables, const Limits& limits,
                     const Environment& functions)
    : body_(body),
      variables_(variables),
      functions_(functions),
      runtime_(limits, body.options),
      resolved_(body.names.size()) {}

std::string Evaluator::run() {
  auto frame = std::make_unique<Activation>(Activation{std::vector<Value>(body_.slots), nullptr});
  frame_ = frame.get();
  out_ = &output_;
  output_.reserve(body_.source->text.size());  // most of a template is text
  enter(body_.scope);
  execute(body_.statements);
  release(std::move(frame));
  return std::move(output_);
}

void Evaluator::execute(const Block& statements) {
  for (const Stmt& stmt : statements) {
    runtime_.step();
    std::visit([&](const auto& node) { execute(node, stmt.span); }, stmt.node);
  }
}

void Evaluator::write(std::string_view text) {
  if (out_ == &output_) {
    const std::size_t limit = runtime_.limits().output_bytes;
    if (text.size() > limit - output_.size()) {
      throw base::Error(fmt::format("the text of the template is longer than {} bytes", limit));
    }
  } else {
    runtime_.allocate(text.size());
  }
  out_->append(text);
}

void Evaluator::write_text(const Value& value, std::string_view what, const base::Span& span) {
  located(span, [&] {
    if (!value.is_text()) fail_type(what, "a string", value);
    write(value.as_text());
  });
}

void Evaluator::execute(const Data& node, const base::Span& span) {
  located(span, [&] { write(node.text); });
}

void Evaluator::execute(const Output& node, const base::Span& /*span*/) {
  const Value value = evaluate(*node.value);
  located(node.value->span, [&] {
    if (value.is_text()) return write(value.as_text());
    write(to_text(runtime_, value));
  });
}

void Evaluator::execute(const If& node, const base::Span& /*span*/) {
  const auto holds = [&](const ExprPtr& test) {
    return located(test->span, [&] { return truth(evaluate(*test)); });
  };
  const Depth depth(*this);
  if (holds(node.test)) return execute(node.body);
  for (const Stmt& stmt : node.elifs) {
    const If& branch = std::get<If>(stmt.node);
    if (holds(branch.test)) return execute(branch.body);
  }
  execute(node.otherwise);
}

Value Evaluator::resolve(std::uint16_t name) {
  Value& value = resolved_[name];
  if (!value.is_missing()) return value;
  const std::string& text = body_.names[name];
  const doc::Value* variable = variables_.find(text);
  value = variable != nullptr ? Value::borrow(*variable) : find_function(text);
  return value;
}

Value Evaluator::find_function(const std::string& name) {
  const auto found = functions_.find(name);
  if (found == functions_.end()) return builtin_function(runtime_, name);
  const Function* function = &found->second;
  return runtime_.make<NativeFunction>([function, name](Runtime& runtime, Arguments&& arguments) {
    return call_foreign(runtime, name, *function, std::move(arguments));
  });
}

void Evaluator::enter(const Scope& scope) {
  for (const Load& load : scope.loads) {
    Value& slot = frame_->slots[load.index];
    switch (load.kind) {
      case Load::Kind::resolve:
        slot = resolve(load.name);
        break;
      case Load::Kind::alias:
        slot = at(load.from);
        break;
      case Load::Kind::clear:
        slot = Value();
        break;
    }
  }
}

void Evaluator::assign(const Target& target, Value value) {
  if (const auto* name = std::get_if<NameTarget>(&target.node)) {
    at(name->slot) = std::move(value);
  } else if (const auto* tuple = std::get_if<TupleTarget>(&target.node)) {
    located(target.span, [&] { assign_tuple(*tuple, value); });
  } else {
    located(target.span, [&] { assign_attribute(std::get<NamespaceTarget>(target.node), std::move(value)); });
  }
}

void Evaluator::assign_tuple(const TupleTarget& target, const Value& value) {
  const bool has_places = value.is_list() || value.is_tuple();
  const Value items = has_places ? value : Value::tuple(std::make_shared<const Tuple>(Tuple{collect(runtime_, value)}));
  const std::size_t size = items.sequence_size();
  if (has_places) runtime_.step(size);
  if (size != target.items.size()) {
    throw base::Error(fmt::format("there are {} values for {} names", size, target.items.size()));
  }
  for (std::size_t i = 0; i < size; ++i) assign(target.items[i], items.sequence_at(i));
}

void Evaluator::assign_attribute(const NamespaceTarget& target, Value value) {
  const Value& object = at(target.slot);
  auto* space = object.is_object() ? dynamic_cast<Namespace*>(object.as_object().get()) : nullptr;
  if (space == nullptr)
    throw base::Error(fmt::format("`{}` is no namespace", target.id))
        .hint("only a `namespace()` has attributes that can be set");
  space->set(runtime_, target.attribute, std::move(value));
}

void Evaluator::execute(const Set& node, const base::Span& /*span*/) {
  assign(node.target, evaluate(*node.value));
}

void Evaluator::execute(const SetBlock& node, const base::Span& /*span*/) {
  const Depth depth(*this);
  enter(node.scope);
  Value text;
  {
    Capture capture(*this);
    execute(node.body);
    text = capture.take();
  }
  if (node.filter) {
    block_text_ = std::move(text);
    text = evaluate(*node.filter);
  }
  assign(node.target, std::move(text));
}

void Evaluator::execute(const FilterBlock& node, const base::Span& /*span*/) {
  const Depth depth(*this);
  enter(node.scope);
  {
    Capture capture(*this);
    execute(node.body);
    block_text_ = capture.take();
  }
  write_text(evaluate(*node.filter), "the result of the filter", node.filter->span);
}

void Evaluator::execute(const With& node, const base::Span& /*span*/) {
  const Depth depth(*this);
  enter(node.scope);
  for (const auto& [target, value] : node.bindings) assign(target, evaluate(*value));
  execute(node.body);
}

void Evaluator::execute(const For& node, const base::Span& /*span*/) {
  const Depth depth(*this);
  const Value iterable = evaluate(*node.iterable);
  if (!node.recursive) return run_loop(node, iterable, 0);
  const Value text = call_loop(node, *frame_, iterable, 0);
  located(node.iterable->span, [&] { write(text.as_text()); });
}

Value Evaluator::call_loop(const For& node, Activation& scope, const Value& iterable, std::int64_t depth) {
  const Depth native(*this);
  const Runtime::Nesting nesting(runtime_);
  runtime_.allocate(node.slots * sizeof(Value));
  auto frame = std::make_unique<Activation>(Activation{std::vector<Value>(node.slots), &scope});
  Capture capture(*this);
  {
    const Entered entered(*this, *frame);
    run_loop(node, iterable, depth);
  }
  release(std::move(frame));
  return capture.take();
}

bool Evaluator::takes(const For& node, Activation& scope, const Value& item) {
  const Entered entered(*this, scope);
  enter(node.test_scope);
  assign(node.test_target, item);
  return located(node.test->span, [&] { return truth(evaluate(*node.test)); });
}

std::shared_ptr<Loop> Evaluator::make_loop(const For& node, const Value& iterable, StreamPtr stream,
                                           std::int64_t depth) {
  Loop::Recurse recurse;
  if (node.recursive) {
    recurse = [this, &node, scope = frame_->parent](const Value& next, std::int64_t level) {
      return call_loop(node, *scope, next, level);
    };
  }
  auto loop = std::make_shared<Loop>(runtime_, std::move(stream), node.test ? Value() : iterable, depth,
                                     std::move(recurse));
  at(node.loop) = runtime_.object(loop);
  return loop;
}

void Evaluator::run_loop(const For& node, const Value& iterable, std::int64_t depth) {
  StreamPtr stream = located(node.iterable->span, [&] { return iterate(runtime_, iterable); });
  if (node.test) {
    stream = make_stream(
        [this, &node, frame = frame_, source = std::shared_ptr<Stream>(std::move(stream))](Value& out) {
          while (source->next(out)) {
            runtime_.step();
            if (takes(node, *frame, out)) return true;
          }
          return false;
        });
  }
  const auto loop = node.uses_loop ? make_loop(node, iterable, std::move(stream), depth) : nullptr;
  const auto next = [&](Value& out) {
    return located(node.iterable->span, [&] { return loop ? loop->advance(out) : stream->next(out); });
  };
  bool empty = true;
  for (Value item; next(item); empty = false) {
    runtime_.step();
    assign(node.target, std::move(item));
    enter(node.scope);
    execute(node.body);
  }
  if (loop) loop->finish();
  if (!empty || node.otherwise.empty()) return;
  enter(node.else_scope);
  execute(node.otherwise);
}

}  // namespace tmpl
