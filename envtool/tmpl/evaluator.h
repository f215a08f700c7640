// Walks the tree of a template and writes its text. Knows nothing of what single filters, tests and methods
// do.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "envtool/tmpl/ast.h"
#include "envtool/tmpl/runtime.h"
#include "envtool/tmpl/template.h"

namespace tmpl {

class Loop;

/// The variables of one call of a macro or a recursive loop, or of the template itself.
struct Activation {
  std::vector<Value> slots;
  Activation* parent;
  bool captured = false;  ///< a macro refers to it: it lives until the end of the rendering
};

/// One rendering. Used once, by one thread.
class Evaluator {
 public:
  Evaluator(const Body& body, const doc::Map& variables, const Limits& limits, const Environment& functions);

  std::string run();

  /// Calls a macro that was defined in `scope`.
  Value call_macro(const MacroBody& macro, Activation& scope, Arguments&& arguments);
  /// One more level of a recursive loop that stands in `scope`.
  Value call_loop(const For& node, Activation& scope, const Value& iterable, std::int64_t depth);
  /// Whether the loop takes this item: its `if`, evaluated in `scope`.
  bool takes(const For& node, Activation& scope, const Value& item);

 private:
  class Entered;
  class Capture;
  class Depth;

  // Statements: statement.cc
  void execute(const Block& statements);
  void execute(const Data& node, const base::Span& span);
  void execute(const Output& node, const base::Span& span);
  void execute(const If& node, const base::Span& span);
  void execute(const For& node, const base::Span& span);
  void execute(const Set& node, const base::Span& span);
  void execute(const SetBlock& node, const base::Span& span);
  void execute(const With& node, const base::Span& span);
  void execute(const Macro& node, const base::Span& span);
  void execute(const CallBlock& node, const base::Span& span);
  void execute(const FilterBlock& node, const base::Span& span);
  void run_loop(const For& node, const Value& iterable, std::int64_t depth);
  std::shared_ptr<Loop> make_loop(const For& node, const Value& iterable, StreamPtr stream,
                                  std::int64_t depth);
  void assign(const Target& target, Value value);
  void assign_tuple(const TupleTarget& target, const Value& value);
  void assign_attribute(const NamespaceTarget& target, Value value);
  void enter(const Scope& scope);
  Value resolve(std::uint16_t name);
  Value find_function(const std::string& name);
  /// The function `owner.name` that the caller has registered, or null.
  const Environment::value_type* find_method_of(const Attribute& member) const;
  void write(std::string_view text);
  /// Writes what must be a string; `what` names it in the error.
  void write_text(const Value& value, std::string_view what, const base::Span& span);

  // Macros: macro.cc
  Value make_macro(const MacroBody& macro);
  void bind_parameters(const MacroBody& macro, Activation& frame, Arguments& arguments);
  void bind_specials(const MacroBody& macro, Activation& frame, Arguments& arguments, bool found_caller);
  void fill_defaults(const MacroBody& macro);
  void release(std::unique_ptr<Activation> frame);

  // Expressions: expression.cc
  Value evaluate(const Expr& expr);
  Value evaluate(const Literal& node, const Expr& expr);
  Value evaluate(const Name& node, const Expr& expr);
  Value evaluate(const ListDisplay& node, const Expr& expr);
  Value evaluate(const TupleDisplay& node, const Expr& expr);
  Value evaluate(const DictDisplay& node, const Expr& expr);
  Value evaluate(const Attribute& node, const Expr& expr);
  Value evaluate(const Item& node, const Expr& expr);
  Value evaluate(const Slice& node, const Expr& expr);
  Value evaluate(const Call& node, const Expr& expr);
  Value evaluate(const FilterCall& node, const Expr& expr);
  Value evaluate(const TestCall& node, const Expr& expr);
  Value evaluate(const Conditional& node, const Expr& expr);
  Value evaluate(const Binary& node, const Expr& expr);
  Value evaluate(const Negate& node, const Expr& expr);
  Value evaluate(const Plus& node, const Expr& expr);
  Value evaluate(const Compare& node, const Expr& expr);
  Value evaluate(const Concat& node, const Expr& expr);
  Value evaluate(const And& node, const Expr& expr);
  Value evaluate(const Or& node, const Expr& expr);
  Value evaluate(const Not& node, const Expr& expr);
  Value evaluate_optional(const ExprPtr& expr);
  Value member_of(const Value& object, const Attribute& node, const Expr& expr);
  Value call_member(const Attribute& member, const Expr& callee, const CallArguments& arguments);
  Value call(const Value& callee, Arguments&& arguments);
  Arguments evaluate_arguments(const CallArguments& arguments);
  void spread_named(const Value& dict, Arguments& out);
  std::vector<Value> evaluate_all(const std::vector<ExprPtr>& items);
  Value undefined_at(const Expr& expr, const Value& object, std::string name) const;

  Activation& home(const Slot& slot);
  Value& at(const Slot& slot) { return home(slot).slots[slot.index]; }

  const Body& body_;
  const doc::Map& variables_;
  const Environment& functions_;
  Runtime runtime_;
  std::vector<Value>
      resolved_;  ///< the caller's variables by position in Body::names, once they were asked for
  std::vector<std::unique_ptr<Activation>> kept_;
  Activation* frame_ = nullptr;
  std::string* out_ = nullptr;
  std::string output_;
  Value block_text_;  ///< what the first filter of a block filters
  int depth_ = 0;
};

}  // namespace tmpl
