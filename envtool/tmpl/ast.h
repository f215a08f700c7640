// What a template says, as a tree. Names are bound to slots by symbols.h before the tree is evaluated.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "envtool/base/source.h"
#include "envtool/tmpl/template.h"
#include "envtool/tmpl/value.h"

namespace tmpl {

struct Filter;
struct Test;
struct Expr;
struct Stmt;
using ExprPtr = std::unique_ptr<Expr>;
using Block = std::vector<Stmt>;

/// Where a variable is kept: `hops` activations outwards, at `index`.
struct Slot {
  std::uint16_t hops = 0;
  std::uint16_t index = 0;
};

/// What to do with a slot when a scope is entered.
struct Load {
  enum class Kind : std::uint8_t { resolve, alias, clear };
  Kind kind;
  std::uint16_t index;  ///< the slot to set, in this activation
  Slot from;            ///< for alias
  std::uint16_t name;   ///< for resolve: position in Body::names
};

/// A scope: what to do on entering it.
struct Scope {
  std::vector<Load> loads;
};

// Expressions.

enum class BinaryOp : std::uint8_t { add, subtract, multiply, divide, floor_divide, modulo, power };
enum class CompareOp : std::uint8_t { equal, unequal, less, less_equal, greater, greater_equal, in, not_in };

struct Literal {
  Value value;
};
struct Name {
  std::string id;
  Slot slot;
};
struct ListDisplay {
  std::vector<ExprPtr> items;
};
struct TupleDisplay {
  std::vector<ExprPtr> items;
};
struct DictDisplay {
  std::vector<std::pair<ExprPtr, ExprPtr>> entries;
};
struct Attribute {
  ExprPtr object;
  std::string name;
};
struct Item {
  ExprPtr object;
  ExprPtr key;
};
struct Slice {
  ExprPtr object;
  ExprPtr start, stop, step;  ///< null where left out
};
struct CallArguments {
  std::vector<ExprPtr> positional;
  std::vector<std::pair<std::string, ExprPtr>> named;
  ExprPtr star, double_star;  ///< `*a` and `**b`, or null
};
struct Call {
  ExprPtr callee;
  CallArguments arguments;
};
struct FilterCall {
  ExprPtr input;  ///< null for the first filter of a block: the text of the block
  const Filter* filter;
  CallArguments arguments;
};
struct TestCall {
  ExprPtr input;
  const Test* test;
  CallArguments arguments;
};
struct Conditional {
  ExprPtr test, then, otherwise;  ///< otherwise may be null
};
struct Binary {
  BinaryOp op;
  ExprPtr left, right;
};
struct Negate {
  ExprPtr operand;
};
struct Plus {
  ExprPtr operand;
};
struct Compare {
  ExprPtr first;
  std::vector<std::pair<CompareOp, ExprPtr>> rest;
};
struct Concat {
  std::vector<ExprPtr> parts;
};
struct And {
  ExprPtr left, right;
};
struct Or {
  ExprPtr left, right;
};
struct Not {
  ExprPtr operand;
};

struct Expr {
  std::variant<Literal, Name, ListDisplay, TupleDisplay, DictDisplay, Attribute, Item, Slice, Call,
               FilterCall, TestCall, Conditional, Binary, Negate, Plus, Compare, Concat, And, Or, Not>
      node;
  base::Span span;
  int height = 1;  ///< of the tree below, for limits
};

// Targets of assignments.

struct Target;
struct NameTarget {
  std::string id;
  Slot slot;
};
struct NamespaceTarget {
  std::string id;
  Slot slot;
  std::string attribute;
};
struct TupleTarget {
  std::vector<Target> items;
};
struct Target {
  std::variant<NameTarget, NamespaceTarget, TupleTarget> node;
  base::Span span;
};

// Statements.

struct Data {
  std::string text;
};
struct Output {
  ExprPtr value;
};
struct If {
  ExprPtr test;
  Block body;
  Block elifs;  ///< each an If without elifs and otherwise
  Block otherwise;
};
struct For {
  Target target;
  ExprPtr iterable;
  ExprPtr test;        ///< or null
  Target test_target;  ///< the same names, in slots of their own
  Block body;
  Block otherwise;
  bool recursive = false;
  bool uses_loop = false;
  Slot loop;
  Scope scope, test_scope, else_scope;
  std::uint16_t slots = 0;  ///< of the activation of a recursive loop
};
struct Set {
  Target target;
  ExprPtr value;
};
struct SetBlock {
  Target target;
  ExprPtr filter;  ///< or null
  Block body;
  Scope scope;
};
struct With {
  std::vector<std::pair<Target, ExprPtr>> bindings;
  Block body;
  Scope scope;
};
struct Parameter {
  std::string name;
  base::Span span;
  ExprPtr fallback;  ///< or null
  Slot slot;
};
struct MacroBody {
  std::string name;  ///< empty for the body of a call block
  std::vector<Parameter> parameters;
  Block body;
  Scope scope;
  bool uses_caller = false, uses_varargs = false, uses_kwargs = false;
  bool explicit_caller = false;  ///< `caller` is among the parameters
  Slot caller, varargs, kwargs;
  std::uint16_t slots = 0;
};
struct Macro {
  MacroBody macro;
  Slot slot;
};
struct CallBlock {
  MacroBody caller;
  ExprPtr call;
};
struct FilterBlock {
  ExprPtr filter;
  Block body;
  Scope scope;
};

struct Stmt {
  std::variant<Data, Output, If, For, Set, SetBlock, With, Macro, CallBlock, FilterBlock> node;
  base::Span span;
};

/// A whole template.
struct Body {
  const base::Source* source = nullptr;
  Options options;
  Block statements;
  std::vector<std::string> names;  ///< of the caller's variables and functions that are asked for
  Scope scope;
  std::uint16_t slots = 0;
};

}  // namespace tmpl
