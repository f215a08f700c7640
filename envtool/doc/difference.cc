#include "envtool/doc/difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace doc {
namespace {

const std::string* name_of(const Value& item) {
  const Value* name = item.find("name");
  return name != nullptr && name->is_string() ? &name->as_string() : nullptr;
}

bool has_names(const List& list) {
  std::set<std::string> seen;
  for (const Value& item : list) {
    const std::string* name = name_of(item);
    if (name == nullptr || !seen.insert(*name).second) return false;
  }
  return true;
}

std::string named(const std::string& path, const Value& item) { return fmt::format("{}[name={}]", path, *name_of(item)); }

/// Whether `path` is that of `node` or of something in it.
bool leads_through(std::string_view path, std::string_view node) {
  return path.starts_with(node) && (path.size() == node.size() || path[node.size()] == '.' || path[node.size()] == '[');
}

const Value* find_below(const Value& node, const std::string& at, std::string_view path) {
  if (at == path) return &node;
  const auto look = [&](const Value& child, const std::string& child_at) { return leads_through(path, child_at) ? find_below(child, child_at, path) : nullptr; };
  if (node.is_map()) {
    for (const Entry& entry : node.as_map()) {
      if (const Value* found = look(entry.value, join_path(at, entry.key))) return found;
    }
  } else if (node.is_list()) {
    const bool by_name = has_names(node.as_list());
    for (std::size_t i = 0; i < node.as_list().size(); ++i) {
      const Value& item = node.as_list()[i];
      if (const Value* found = look(item, by_name ? named(at, item) : join_path(at, i))) return found;
    }
  }
  return nullptr;
}

class Comparison {
 public:
  void compare(const std::string& path, const Value& left, const Value& right) {
    if (left.is_map() && right.is_map()) {
      compare_maps(path, left.as_map(), right.as_map());
    } else if (left.is_list() && right.is_list()) {
      compare_lists(path, left.as_list(), right.as_list());
    } else if (!(left == right)) {
      found_.push_back({path, &left, &right});
    }
  }

  std::vector<Difference> take() { return std::move(found_); }

 private:
  void compare_maps(const std::string& path, const Map& left, const Map& right) {
    for (const Entry& entry : left) {
      compare_if_present(join_path(path, entry.key), &entry.value, right.find(entry.key));
    }
    for (const Entry& entry : right) {
      if (!left.contains(entry.key)) found_.push_back({join_path(path, entry.key), nullptr, &entry.value});
    }
  }

  void compare_if_present(const std::string& path, const Value* left, const Value* right) {
    if (left != nullptr && right != nullptr) return compare(path, *left, *right);
    found_.push_back({path, left, right});
  }

  void compare_lists(const std::string& path, const List& left, const List& right) {
    if (has_names(left) && has_names(right)) return compare_named(path, left, right);
    for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
      compare_if_present(join_path(path, i), i < left.size() ? &left[i] : nullptr, i < right.size() ? &right[i] : nullptr);
    }
  }

  void compare_named(const std::string& path, const List& left, const List& right) {
    std::map<std::string, const Value*> others;
    for (const Value& item : right) others[*name_of(item)] = &item;
    for (const Value& item : left) {
      const auto other = others.find(*name_of(item));
      compare_if_present(named(path, item), &item, other == others.end() ? nullptr : other->second);
      if (other != others.end()) others.erase(other);
    }
    for (const Value& item : right) {
      if (others.contains(*name_of(item))) found_.push_back({named(path, item), nullptr, &item});
    }
  }

  std::vector<Difference> found_;
};

}  // namespace

std::vector<Difference> differences(const Value& left, const Value& right) {
  Comparison comparison;
  comparison.compare("", left, right);
  return comparison.take();
}

const Value* find_difference(const Value& root, std::string_view path) { return find_below(root, "", path); }

}  // namespace doc
