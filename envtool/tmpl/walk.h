// Goes through the parts of expressions and targets. Knows nothing of what is done with them.
#pragma once

#include <type_traits>
#include <variant>

#include "envtool/tmpl/ast.h"

namespace tmpl {

template <typename Visit>
void each_part(const ExprPtr& expr, Visit&& visit) {
  if (expr) visit(*expr);
}

template <typename Visit>
void each_part(const std::vector<ExprPtr>& all, Visit&& visit) {
  for (const ExprPtr& expr : all) visit(*expr);
}

template <typename Visit>
void each_part(const CallArguments& arguments, Visit&& visit) {
  each_part(arguments.positional, visit);
  for (const auto& named : arguments.named) visit(*named.second);
  each_part(arguments.star, visit);
  each_part(arguments.double_star, visit);
}

/// Calls `visit(Expr&)` for each direct part of an expression.
struct EachChild {
  template <typename Visit>
  static void run(const Literal&, Visit&&) {}
  template <typename Visit>
  static void run(const Name&, Visit&&) {}
  template <typename Visit>
  static void run(const ListDisplay& node, Visit&& visit) {
    each_part(node.items, visit);
  }
  template <typename Visit>
  static void run(const TupleDisplay& node, Visit&& visit) {
    each_part(node.items, visit);
  }
  template <typename Visit>
  static void run(const DictDisplay& node, Visit&& visit) {
    for (const auto& [key, value] : node.entries) {
      visit(*key);
      visit(*value);
    }
  }
  template <typename Visit>
  static void run(const Attribute& node, Visit&& visit) {
    visit(*node.object);
  }
  template <typename Visit>
  static void run(const Item& node, Visit&& visit) {
    visit(*node.object);
    visit(*node.key);
  }
  template <typename Visit>
  static void run(const Slice& node, Visit&& visit) {
    visit(*node.object);
    for (const ExprPtr* part : {&node.start, &node.stop, &node.step}) each_part(*part, visit);
  }
  template <typename Visit>
  static void run(const Call& node, Visit&& visit) {
    visit(*node.callee);
    each_part(node.arguments, visit);
  }
  template <typename Visit>
  static void run(const FilterCall& node, Visit&& visit) {
    each_part(node.input, visit);
    each_part(node.arguments, visit);
  }
  template <typename Visit>
  static void run(const TestCall& node, Visit&& visit) {
    each_part(node.input, visit);
    each_part(node.arguments, visit);
  }
  template <typename Visit>
  static void run(const Conditional& node, Visit&& visit) {
    for (const ExprPtr* part : {&node.test, &node.then, &node.otherwise}) each_part(*part, visit);
  }
  template <typename Visit>
  static void run(const Compare& node, Visit&& visit) {
    visit(*node.first);
    for (const auto& operand : node.rest) visit(*operand.second);
  }
  template <typename Visit>
  static void run(const Concat& node, Visit&& visit) {
    each_part(node.parts, visit);
  }
  template <typename Node, typename Visit>
  requires requires(const Node& node) { node.left; }
  static void run(const Node& node, Visit&& visit) {
    visit(*node.left);
    visit(*node.right);
  }
  template <typename Node, typename Visit>
  requires requires(const Node& node) { node.operand; }
  static void run(const Node& node, Visit&& visit) { visit(*node.operand); }
};

/// Calls `visit(Name&)` for every name in an expression.
template <typename Visit>
void each_name(Expr& expr, Visit&& visit) {
  if (auto* name = std::get_if<Name>(&expr.node)) return visit(*name);
  std::visit([&](const auto& node) { EachChild::run(node, [&](Expr& part) { each_name(part, visit); }); },
             expr.node);
}

template <typename Visit>
void each_name(const ExprPtr& expr, Visit&& visit) {
  if (expr) each_name(*expr, visit);
}

/// Calls `visit` for every NameTarget and NamespaceTarget in a target.
template <typename Visit>
void each_target(Target& target, Visit&& visit) {
  if (auto* tuple = std::get_if<TupleTarget>(&target.node)) {
    for (Target& item : tuple->items) each_target(item, visit);
  } else if (auto* name = std::get_if<NameTarget>(&target.node)) {
    visit(*name);
  } else {
    visit(std::get<NamespaceTarget>(target.node));
  }
}

}  // namespace tmpl
