#include "envtool/tmpl/symbols.h"

#include <fmt/format.h>

#include <limits>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "envtool/base/error.h"
#include "envtool/tmpl/walk.h"

namespace tmpl {
namespace {

enum class Role : std::uint8_t { body, test };

/// What has slots of its own when it runs: the template, a macro, a recursive loop.
struct Function {
  Function* parent = nullptr;
  std::map<std::tuple<int, Role, std::string>, std::uint16_t> slots;

  std::uint16_t slot(int level, Role role, const std::string& name) {
    const auto next = static_cast<std::uint16_t>(slots.size());
    if (next == std::numeric_limits<std::uint16_t>::max())
      throw base::Error("the template has too many variables");
    return slots.try_emplace({level, role, name}, next).first->second;
  }
};

/// A name in the scope that it belongs to.
struct Ref {
  Function* function;
  int level;
  Role role;
};

enum class LoadKind : std::uint8_t { parameter, resolve, alias, clear };

struct PendingLoad {
  LoadKind kind;
  Ref from = {};
};

/// The names of one scope, as far as they are known.
class Symbols {
 public:
  Symbols(const Symbols* parent, Function* function, Role role = Role::body)
      : parent_(parent),
        function_(function),
        level_(parent == nullptr ? 0 : parent->level_ + 1),
        role_(role) {}

  std::optional<Ref> find(const std::string& name) const {
    if (refs_.contains(name)) return Ref{function_, level_, role_};
    return parent_ == nullptr ? std::nullopt : parent_->find(name);
  }

  void load(const std::string& name) {
    if (!find(name)) define(name, {LoadKind::resolve});
  }

  void store(const std::string& name) {
    stores_.insert(name);
    if (refs_.contains(name)) return;
    const auto outer = find_outside(name);
    define(name, outer ? PendingLoad{LoadKind::alias, *outer} : PendingLoad{LoadKind::clear});
  }

  void declare_parameter(const std::string& name) {
    stores_.insert(name);
    define(name, {LoadKind::parameter});
  }

  /// Takes over what the branches of an `if` have added. A name that a branch assigns may stay as it was.
  void merge(const std::vector<Symbols>& branches) {
    std::set<std::string> stored;
    for (const Symbols& branch : branches) stored.insert(branch.stores_.begin(), branch.stores_.end());
    for (const std::string& name : stores_) stored.erase(name);
    for (const Symbols& branch : branches) {
      refs_.insert(branch.refs_.begin(), branch.refs_.end());
      for (const auto& [name, load] : branch.loads_) loads_.insert_or_assign(name, load);
      stores_.insert(branch.stores_.begin(), branch.stores_.end());
    }
    for (const std::string& name : stored) {
      const auto outer = find_outside(name);
      loads_.insert_or_assign(name,
                              outer ? PendingLoad{LoadKind::alias, *outer} : PendingLoad{LoadKind::resolve});
    }
  }

  Function* function() const { return function_; }
  int level() const { return level_; }
  Role role() const { return role_; }
  const std::map<std::string, PendingLoad>& loads() const { return loads_; }

 private:
  std::optional<Ref> find_outside(const std::string& name) const {
    return parent_ == nullptr ? std::nullopt : parent_->find(name);
  }
  void define(const std::string& name, PendingLoad load) {
    refs_.insert(name);
    loads_.insert_or_assign(name, load);
  }

  const Symbols* parent_;
  Function* function_;
  int level_;
  Role role_;
  std::set<std::string> refs_;
  std::set<std::string> stores_;
  std::map<std::string, PendingLoad> loads_;
};

enum class TargetUse : std::uint8_t { store, parameter };

/// Collects the names that a scope mentions, not those of the scopes inside it.
class Collector {
 public:
  explicit Collector(Symbols& symbols) : symbols_(&symbols) {}

  void block(Block& statements) {
    for (Stmt& stmt : statements) statement(stmt);
  }
  void statement(Stmt& stmt) {
    std::visit([&](auto& node) { visit(node); }, stmt.node);
  }
  void names(const ExprPtr& expr) {
    each_name(expr, [&](Name& name) { symbols_->load(name.id); });
  }
  void target(Target& target, TargetUse use) {
    each_target(target, [&](auto& part) {
      if constexpr (std::is_same_v<std::decay_t<decltype(part)>, NamespaceTarget>) {
        symbols_->load(part.id);
      } else if (use == TargetUse::parameter) {
        symbols_->declare_parameter(part.id);
      } else {
        symbols_->store(part.id);
      }
    });
  }

 private:
  void visit(Data&) {}
  void visit(Output& node) { names(node.value); }
  void visit(For& node) { names(node.iterable); }
  void visit(SetBlock& node) { target(node.target, TargetUse::store); }
  void visit(Macro& node) { symbols_->store(node.macro.name); }
  void visit(CallBlock& node) { names(node.call); }
  void visit(FilterBlock& node) { names(node.filter); }
  void visit(Set& node) {
    names(node.value);
    target(node.target, TargetUse::store);
  }
  void visit(With& node) {
    for (const auto& binding : node.bindings) names(binding.second);
  }
  void visit(If& node) {
    names(node.test);
    Symbols* const whole = symbols_;
    std::vector<Symbols> branches;
    for (Block* branch : {&node.body, &node.elifs, &node.otherwise}) {
      branches.push_back(*whole);
      symbols_ = &branches.back();
      block(*branch);
    }
    symbols_ = whole;
    whole->merge(branches);
  }

  Symbols* symbols_;
};

/// Finds which of some names are read in a block before they are assigned, in the order of the text.
class FirstMention {
 public:
  explicit FirstMention(std::set<std::string> wanted) : wanted_(std::move(wanted)) {}

  void block(Block& statements) {
    for (Stmt& stmt : statements) std::visit([&](auto& node) { visit(node); }, stmt.node);
  }
  bool read(const std::string& name) const { return read_.contains(name); }

 private:
  void names(const ExprPtr& expr) {
    each_name(expr, [&](Name& name) {
      if (wanted_.contains(name.id)) read_.insert(name.id);
    });
  }
  void targets(Target& target) {
    each_target(target, [&](auto& part) {
      if constexpr (std::is_same_v<std::decay_t<decltype(part)>, NameTarget>) wanted_.erase(part.id);
    });
  }
  void macro(MacroBody& node) {
    for (const Parameter& parameter : node.parameters) wanted_.erase(parameter.name);
    for (const Parameter& parameter : node.parameters) names(parameter.fallback);
    block(node.body);
  }
  void visit(Data&) {}
  void visit(Output& node) { names(node.value); }
  void visit(If& node) {
    names(node.test);
    for (Block* branch : {&node.body, &node.elifs, &node.otherwise}) block(*branch);
  }
  void visit(For& node) {
    targets(node.target);
    names(node.iterable);
    block(node.body);
    block(node.otherwise);
    names(node.test);
  }
  void visit(Set& node) {
    targets(node.target);
    names(node.value);
  }
  void visit(SetBlock& node) {
    targets(node.target);
    names(node.filter);
    block(node.body);
  }
  void visit(With& node) {
    for (auto& binding : node.bindings) targets(binding.first);
    for (auto& binding : node.bindings) names(binding.second);
    block(node.body);
  }
  void visit(Macro& node) { macro(node.macro); }
  void visit(CallBlock& node) {
    names(node.call);
    macro(node.caller);
  }
  void visit(FilterBlock& node) {
    block(node.body);
    names(node.filter);
  }

  std::set<std::string> wanted_;
  std::set<std::string> read_;
};

class Binder {
 public:
  explicit Binder(Body& body) : body_(body) {}

  void run() {
    Function function;
    Symbols symbols(nullptr, &function);
    Collector(symbols).block(body_.statements);
    block(body_.statements, symbols);
    body_.scope = scope(symbols);
    body_.slots = static_cast<std::uint16_t>(function.slots.size());
  }

 private:
  void block(Block& statements, const Symbols& symbols) {
    for (Stmt& stmt : statements) std::visit([&](auto& node) { visit(node, symbols); }, stmt.node);
  }

  Slot slot(const std::string& name, const Symbols& symbols) const {
    return slot(*symbols.find(name), name, symbols);
  }

  static Slot slot(const Ref& ref, const std::string& name, const Symbols& symbols) {
    std::uint16_t hops = 0;
    for (const Function* at = symbols.function(); at != ref.function; at = at->parent) ++hops;
    return {hops, ref.function->slot(ref.level, ref.role, name)};
  }

  void names(const ExprPtr& expr, const Symbols& symbols) const {
    each_name(expr, [&](Name& name) { name.slot = slot(name.id, symbols); });
  }

  void target(Target& target, const Symbols& symbols) const {
    each_target(target, [&](auto& part) {
      using Part = std::decay_t<decltype(part)>;
      if (std::is_same_v<Part, NameTarget> && part.id == "loop" && loops_ > 0) {
        throw base::Error("`loop` can't be assigned to inside a loop", target.span);
      }
      part.slot = slot(part.id, symbols);
    });
  }

  Scope scope(const Symbols& symbols) {
    Scope scope;
    for (const auto& [name, load] : symbols.loads()) {
      if (load.kind == LoadKind::parameter) continue;
      Load entry{};
      entry.index = symbols.function()->slot(symbols.level(), symbols.role(), name);
      entry.kind = load.kind == LoadKind::resolve ? Load::Kind::resolve
                   : load.kind == LoadKind::alias ? Load::Kind::alias
                                                  : Load::Kind::clear;
      if (load.kind == LoadKind::alias) entry.from = slot(load.from, name, symbols);
      if (load.kind == LoadKind::resolve) entry.name = name_position(name);
      scope.loads.push_back(entry);
    }
    return scope;
  }

  std::uint16_t name_position(const std::string& name) {
    const auto [entry, added] = positions_.try_emplace(name, static_cast<std::uint16_t>(body_.names.size()));
    if (added) body_.names.push_back(name);
    return entry->second;
  }

  void visit(Data&, const Symbols&) {}
  void visit(Output& node, const Symbols& symbols) { names(node.value, symbols); }

  void visit(If& node, const Symbols& symbols) {
    names(node.test, symbols);
    for (Block* branch : {&node.body, &node.elifs, &node.otherwise}) block(*branch, symbols);
  }

  void visit(Set& node, const Symbols& symbols) {
    names(node.value, symbols);
    target(node.target, symbols);
  }

  void visit(SetBlock& node, const Symbols& symbols) {
    Symbols inner(&symbols, symbols.function());
    Collector collector(inner);
    collector.block(node.body);
    collector.names(node.filter);
    block(node.body, inner);
    names(node.filter, inner);
    target(node.target, symbols);
    node.scope = scope(inner);
  }

  void visit(With& node, const Symbols& symbols) {
    Symbols inner(&symbols, symbols.function());
    Collector collector(inner);
    for (auto& binding : node.bindings) collector.target(binding.first, TargetUse::parameter);
    collector.block(node.body);
    for (auto& [name, value] : node.bindings) {
      names(value, symbols);
      target(name, inner);
    }
    block(node.body, inner);
    node.scope = scope(inner);
  }

  void visit(FilterBlock& node, const Symbols& symbols) {
    Symbols inner(&symbols, symbols.function());
    Collector collector(inner);
    collector.block(node.body);
    collector.names(node.filter);
    block(node.body, inner);
    names(node.filter, inner);
    node.scope = scope(inner);
  }

  void visit(For& node, const Symbols& symbols) {
    names(node.iterable, symbols);
    Function function{symbols.function(), {}};
    Function* const home = node.recursive ? &function : symbols.function();
    node.uses_loop = node.recursive || mentions_loop(node);
    ++loops_;
    bind_loop_body(node, symbols, home);
    bind_loop_test(node, symbols, home);
    bind_loop_else(node, symbols, home);
    --loops_;
    node.slots = static_cast<std::uint16_t>(function.slots.size());
  }

  static bool mentions_loop(For& node) {
    FirstMention mention({"loop"});
    mention.block(node.body);
    return mention.read("loop");
  }

  void bind_loop_body(For& node, const Symbols& symbols, Function* home) {
    Symbols inner(&symbols, home);
    if (node.uses_loop) inner.declare_parameter("loop");
    Collector collector(inner);
    collector.target(node.target, TargetUse::parameter);
    collector.block(node.body);
    target(node.target, inner);
    block(node.body, inner);
    if (node.uses_loop) node.loop = slot("loop", inner);
    node.scope = scope(inner);
  }

  void bind_loop_test(For& node, const Symbols& symbols, Function* home) {
    if (!node.test) return;
    Symbols inner(&symbols, home, Role::test);
    Collector collector(inner);
    collector.target(node.test_target, TargetUse::parameter);
    collector.names(node.test);
    target(node.test_target, inner);
    names(node.test, inner);
    node.test_scope = scope(inner);
  }

  void bind_loop_else(For& node, const Symbols& symbols, Function* home) {
    Symbols inner(&symbols, home);
    Collector(inner).block(node.otherwise);
    block(node.otherwise, inner);
    node.else_scope = scope(inner);
  }

  void visit(Macro& node, const Symbols& symbols) {
    bind_macro(node.macro, symbols);
    node.slot = slot(node.macro.name, symbols);
  }

  void visit(CallBlock& node, const Symbols& symbols) {
    bind_macro(node.caller, symbols);
    names(node.call, symbols);
  }

  void bind_macro(MacroBody& macro, const Symbols& symbols) {
    Function function{symbols.function(), {}};
    Symbols inner(&symbols, &function);
    collect_macro(macro, inner);
    declare_specials(macro, inner);
    collect_macro(macro, inner);
    for (Parameter& parameter : macro.parameters) {
      names(parameter.fallback, inner);
      parameter.slot = slot(parameter.name, inner);
    }
    block(macro.body, inner);
    macro.scope = scope(inner);
    macro.slots = static_cast<std::uint16_t>(function.slots.size());
  }

  static void collect_macro(MacroBody& macro, Symbols& inner) {
    Collector collector(inner);
    for (const Parameter& parameter : macro.parameters) inner.declare_parameter(parameter.name);
    for (const Parameter& parameter : macro.parameters) collector.names(parameter.fallback);
    collector.block(macro.body);
  }

  /// `caller`, `varargs` and `kwargs` are parameters of the macros that mention them.
  static void declare_specials(MacroBody& macro, Symbols& inner) {
    FirstMention mention({"caller", "varargs", "kwargs"});
    mention.block(macro.body);
    const auto find_parameter = [&](const std::string& name) -> const Parameter* {
      for (const Parameter& parameter : macro.parameters) {
        if (parameter.name == name) return &parameter;
      }
      return nullptr;
    };
    const Parameter* caller = find_parameter("caller");
    macro.uses_caller = mention.read("caller");
    macro.explicit_caller = caller != nullptr;
    if (macro.uses_caller && caller != nullptr && !caller->fallback) {
      throw base::Error("the parameter `caller` needs a default", caller->span);
    }
    macro.uses_varargs = mention.read("varargs") && find_parameter("varargs") == nullptr;
    macro.uses_kwargs = mention.read("kwargs") && find_parameter("kwargs") == nullptr;
    const auto declare = [&](bool used, const std::string& name, Slot& at) {
      if (!used) return;
      inner.declare_parameter(name);
      at = slot(*inner.find(name), name, inner);
    };
    declare(macro.uses_caller && caller == nullptr, "caller", macro.caller);
    declare(macro.uses_kwargs, "kwargs", macro.kwargs);
    declare(macro.uses_varargs, "varargs", macro.varargs);
  }

  Body& body_;
  std::map<std::string, std::uint16_t> positions_;
  int loops_ = 0;
};

}  // namespace

void bind_names(Body& body) { Binder(body).run(); }

}  // namespace tmpl
