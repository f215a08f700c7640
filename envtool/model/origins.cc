#include "envtool/model/origins.h"

#include <fmt/format.h>

#include <algorithm>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"
#include "envtool/model/fields.h"

namespace model {
namespace {

using doc::Value;
using Keys = std::vector<std::string>;

/// How far a value is taken apart.
enum class Lists { whole, by_item };

const Value* child(const Value& node, const std::string& key) {
  const bool index = node.is_list() && !key.empty() && key.find_first_not_of("0123456789") == std::string::npos && key.size() < 9;
  if (!index) return node.find(key);
  const std::size_t at = std::stoul(key);
  return at < node.as_list().size() ? &node.as_list()[at] : nullptr;
}

/// How far a path leads: the node that it ends at, and how many of its keys were there.
struct Reached {
  const Value* node;
  std::size_t keys;
};

Reached follow(const Value& root, const Keys& path) {
  Reached at{&root, 0};
  while (at.keys < path.size()) {
    const Value* next = child(*at.node, path[at.keys]);
    if (next == nullptr) break;
    at = {next, at.keys + 1};
  }
  return at;
}

std::string shown(const Keys& path, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out = doc::join_path(out, path[i]);
  return out;
}

/// What a layer says about a path: the value there, or what stands in its way (null, a scalar), or nothing.
const Value* said_of(const Value& layer, const Keys& path) {
  const Reached at = follow(layer, path);
  const bool says_something = at.keys == path.size() || (at.keys > 0 && !at.node->is_map() && !at.node->is_list());
  return says_something ? at.node : nullptr;
}

struct Leaf {
  Keys path;
  std::string shown;
  const Value* value;
};

void add_leaves(const Leaf& at, Lists lists, std::vector<Leaf>& out) {
  const auto add = [&](const std::string& key, std::string shown, const Value& value) {
    Leaf below{at.path, std::move(shown), &value};
    below.path.push_back(key);
    add_leaves(below, lists, out);
  };
  const Value& node = *at.value;
  if (node.is_map() && !node.as_map().empty()) {
    for (const doc::Entry& entry : node.as_map()) add(entry.key, doc::join_path(at.shown, entry.key), entry.value);
  } else if (lists == Lists::by_item && node.is_list() && !node.as_list().empty()) {
    for (std::size_t i = 0; i < node.as_list().size(); ++i) add(std::to_string(i), doc::join_path(at.shown, i), node.as_list()[i]);
  } else {
    out.push_back(at);
  }
}

std::vector<Leaf> leaves_of(const Leaf& root, Lists lists) {
  std::vector<Leaf> out;
  add_leaves(root, lists, out);
  return out;
}

/// The same value can be said by several layers that were read once.
std::vector<Value> overridden(const Leaf& leaf, const std::vector<Value>& layers) {
  std::vector<Value> out;
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
    const Value* said = said_of(*layer, leaf.path);
    if (said == nullptr || said->span() == leaf.value->span()) continue;
    const bool is_known = std::any_of(out.begin(), out.end(), [&](const Value& known) { return known.span() == said->span(); });
    if (!is_known) out.push_back(*said);
  }
  return out;
}

[[noreturn]] void fail_nothing_there(const Value& merged, const std::vector<Value>& layers, const Keys& path) {
  const Reached at = follow(merged, path);
  base::Diagnostic problem;
  problem.message = fmt::format("there is no `{}` in the definition", shown(path, path.size()));
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
    const Value* said = said_of(*layer, path);
    if (said != nullptr && said->is_null()) problem.notes.push_back(fmt::format("{} takes it away", to_string(said->span())));
  }
  const std::string place = at.keys == 0 ? "the definition" : fmt::format("`{}`", shown(path, at.keys));
  if (at.node->is_map()) {
    const Keys known = at.node->as_map().keys();
    problem.notes.push_back(fmt::format("{} has {}", place, known.empty() ? "nothing in it" : base::quoted_list(known)));
    problem.guess(path[at.keys], known);
  } else {
    problem.notes.push_back(fmt::format("{} is {}", place, with_article(at.node->kind())));
  }
  throw base::Error(std::move(problem));
}

}  // namespace

std::vector<Origin> origins_of(const Value& definition) {
  std::vector<Origin> out;
  for (const Leaf& leaf : leaves_of({{}, "", &definition}, Lists::by_item)) out.push_back({leaf.shown, *leaf.value, {}});
  return out;
}

std::vector<Origin> explain(const Value& merged, const std::vector<Value>& layers, const std::string& path) {
  const Keys keys = doc::split_path(path);
  const Reached at = follow(merged, keys);
  if (at.keys < keys.size()) fail_nothing_there(merged, layers, keys);
  std::vector<Origin> out;
  for (const Leaf& leaf : leaves_of({keys, shown(keys, keys.size()), at.node}, Lists::whole)) {
    out.push_back({leaf.shown, *leaf.value, overridden(leaf, layers)});
  }
  return out;
}

}  // namespace model
