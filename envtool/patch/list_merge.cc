#include "envtool/patch/list_merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "envtool/base/error.h"
#include "envtool/doc/json.h"
#include "envtool/patch/directive.h"

namespace patch {
namespace {

using base::Error;
using doc::Kind;
using doc::List;
using doc::Value;

using Ids = std::vector<std::string>;

/// An element and what makes it the same as another one: the text of its merge key, or of itself if it is a scalar.
struct Item {
  Value value;
  std::string id;
};
using Items = std::vector<Item>;

/// Where ids stand, the first of equal ones. Few are searched in line, which is faster than hashing.
class Positions {
 public:
  explicit Positions(const Ids& ids) {
    ids_.reserve(ids.size());
    for (const std::string& id : ids) add(id);
  }

  /// Puts an id behind all others.
  void add(const std::string& id) {
    if (ids_.size() == kSearchedInLine) {
      for (std::size_t i = 0; i < ids_.size(); ++i) table_.emplace(ids_[i], i);
    }
    if (ids_.size() >= kSearchedInLine) table_.emplace(id, ids_.size());
    ids_.push_back(id);
  }

  std::optional<std::size_t> find(const std::string& id) const {
    if (table_.empty()) {
      const auto found = std::find(ids_.begin(), ids_.end(), id);
      return found == ids_.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - ids_.begin()));
    }
    const auto found = table_.find(id);
    return found == table_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  static constexpr std::size_t kSearchedInLine = 16;

  Ids ids_;
  std::unordered_map<std::string, std::size_t> table_;
};

/// Merged elements in no final order, and what the order is made from.
struct Merged {
  Items items;
  Ids patched;           ///< of the patch's elements
  Ids kept;              ///< of the list's elements that were not deleted
  Ids appended;          ///< of the patch's elements that were new
  std::size_t deleted = 0;
};

std::string shown(const ListRules& rules) { return to_string(rules.place); }

void check_kinds(const List& elements, std::optional<Kind>& kind, const ListRules& rules) {
  for (const Value& element : elements) {
    if (element.is_list()) {
      throw Error(fmt::format("lists in lists can't be merged in `{}`", shown(rules)), element.span());
    }
    if (element.is_null()) throw Error(fmt::format("an element of `{}` is null", shown(rules)), element.span());
    if (!kind) kind = element.kind();
    if (*kind == element.kind()) continue;
    throw Error(fmt::format("elements of `{}` are of several kinds: {} and {}", shown(rules), to_string(*kind),
                            to_string(element.kind())),
                element.span());
  }
}

/// All elements must be maps, or scalars of one kind. Nothing is known of empty lists.
std::optional<Kind> common_kind(const List& list, const List& patch, const ListRules& rules) {
  std::optional<Kind> kind;
  check_kinds(list, kind, rules);
  check_kinds(patch, kind, rules);
  return kind;
}

std::string id_of_map(const Value& element, const ListRules& rules) {
  const std::string_view key = rules.field.merge_key;
  if (key.empty()) {
    throw Error(fmt::format("`{}` has no merge key: its elements can't be merged", shown(rules)), element.span());
  }
  const Value* id = element.find(key);
  if (id == nullptr) {
    throw Error(fmt::format("an element of `{}` has no `{}`, the key that this list merges by", shown(rules), key),
                element.span());
  }
  if (id->is_scalar()) return doc::canonical_json(*id);
  throw Error(fmt::format("merge key `{}` of `{}` must be a scalar", key, shown(rules)), id->span());
}

std::string id_of(const Value& element, const ListRules& rules) {
  if (element.is_map()) return id_of_map(element, rules);
  if (!element.is_scalar() || !rules.field.merge_key.empty()) {
    throw Error(fmt::format("elements of `{}` must be {}, found {}", shown(rules),
                            rules.field.merge_key.empty() ? "scalars" : "maps", to_string(element.kind())),
                element.span());
  }
  return doc::canonical_json(element);
}

Ids ids_of(const List& list, const ListRules& rules) {
  Ids ids;
  ids.reserve(list.size());
  for (const Value& element : list) ids.push_back(id_of(element, rules));
  return ids;
}

Ids ids_of(const Items& items) {
  Ids ids;
  ids.reserve(items.size());
  for (const Item& item : items) ids.push_back(item.id);
  return ids;
}

Items items_of(List list, const ListRules& rules) {
  Items items;
  items.reserve(list.size());
  for (Value& element : list) {
    std::string id = id_of(element, rules);
    items.push_back({std::move(element), std::move(id)});
  }
  return items;
}

List without_directives_in(const List& list) {
  List clean;
  for (const Value& element : list) {
    if (std::optional<Value> value = without_directives(element, Nulls::keep)) clean.push_back(std::move(*value));
  }
  return clean;
}

// ---- order ---------------------------------------------------------------------------------------------------------

/// Whether both are known and `a` is in front of `b`.
bool in_front(const Positions& order, const Item& a, const Item& b) {
  const std::optional<std::size_t> first = order.find(a.id);
  const std::optional<std::size_t> second = order.find(b.id);
  return first && second && *first < *second;
}

Items sorted_by(const Positions& order, Items items) {
  std::stable_sort(items.begin(), items.end(), [&](const Item& a, const Item& b) { return order.find(a.id) < order.find(b.id); });
  return items;
}

/// Items of the patch in the patch's order and all others in the list's; where the two meet, the patch's go first
/// unless the list had them behind.
List arrange(Items items, const Positions& patch_order, const Positions& list_order) {
  const auto middle = std::stable_partition(items.begin(), items.end(),
                                            [&](const Item& item) { return patch_order.find(item.id).has_value(); });
  Items others(std::make_move_iterator(middle), std::make_move_iterator(items.end()));
  items.erase(middle, items.end());
  Items patched = sorted_by(patch_order, std::move(items));
  others = sorted_by(list_order, std::move(others));
  List arranged;
  auto next = others.begin();
  for (Item& item : patched) {
    while (next != others.end() && in_front(list_order, *next, item)) arranged.push_back(std::move((next++)->value));
    arranged.push_back(std::move(item.value));
  }
  while (next != others.end()) arranged.push_back(std::move((next++)->value));
  return arranged;
}

// ---- scalars -------------------------------------------------------------------------------------------------------

/// The union; each scalar once.
Merged merge_scalars(List list, const List& patch, const ListRules& rules) {
  Merged merged;
  merged.items = items_of(std::move(list), rules);
  merged.kept = ids_of(merged.items);
  Items added = items_of(patch, rules);
  merged.patched = ids_of(added);
  std::move(added.begin(), added.end(), std::back_inserter(merged.items));
  std::unordered_set<std::string> seen;
  std::erase_if(merged.items, [&](const Item& item) { return !seen.insert(item.id).second; });
  return merged;
}

// ---- maps ----------------------------------------------------------------------------------------------------------

/// A patch's elements, sorted by what they ask for.
struct MapPatch {
  std::vector<const Value*> elements;
  std::unordered_set<std::string> deletions;
  bool replaces = false;  ///< the rest of the patch takes the place of the whole list
};

[[noreturn]] void fail_directive(const Value& directive, const ListRules& rules) {
  const std::string text = directive.is_string() ? directive.as_string() : doc::canonical_json(directive);
  if (text == "merge") {
    throw Error(fmt::format("`$patch: merge` can't stand in a list (`{}`)", shown(rules)), directive.span());
  }
  throw Error(fmt::format("unknown directive `$patch: {}` in `{}`", text, shown(rules)), directive.span())
      .hint("known are `delete` and `replace`");
}

MapPatch read_patch(const List& patch, const ListRules& rules) {
  MapPatch read;
  for (const Value& element : patch) {
    const Value* directive = element.find(kPatchKey);
    if (directive == nullptr) {
      read.elements.push_back(&element);
    } else if (*directive == Value("delete")) {
      read.deletions.insert(id_of(element, rules));
    } else if (*directive == Value("replace")) {
      read.replaces = true;
    } else {
      fail_directive(*directive, rules);
    }
  }
  return read;
}

Item new_item(const Value& element, const ListRules& rules) {
  return {without_inner_directives(element, Nulls::keep), id_of(element, rules)};
}

Merged replace_all(const MapPatch& patch, const ListRules& rules) {
  Merged merged;
  for (const Value* element : patch.elements) merged.items.push_back(new_item(*element, rules));
  merged.kept = ids_of(merged.items);
  return merged;
}

/// The text of a merge key as a person writes it.
std::string_view unquoted(std::string_view id) {
  return id.starts_with('"') ? id.substr(1, id.size() - 2) : id;
}

void merge_elements(Merged& merged, const MapPatch& patch, const ListRules& rules) {
  Positions positions(merged.kept);
  for (const Value* element : patch.elements) {
    const std::string& id = merged.patched.emplace_back(id_of(*element, rules));
    if (const std::optional<std::size_t> found = positions.find(id)) {
      Value& value = merged.items[*found].value;
      value = rules.merge_elements(std::move(value), *element, rules.place.element(unquoted(id)));
    } else {
      positions.add(id);
      merged.appended.push_back(id);
      merged.items.push_back(new_item(*element, rules));
    }
  }
}

Merged merge_maps(List list, const List& patch, const ListRules& rules) {
  const MapPatch read = read_patch(patch, rules);
  if (read.replaces) return replace_all(read, rules);
  Merged merged;
  merged.items = items_of(std::move(list), rules);
  merged.deleted = std::erase_if(merged.items, [&](const Item& item) { return read.deletions.contains(item.id); });
  merged.kept = ids_of(merged.items);
  merge_elements(merged, read, rules);
  return merged;
}

Merged merge_items(List list, const List& patch, const ListRules& rules) {
  const std::optional<Kind> kind = common_kind(list, patch, rules);
  if (kind == Kind::map && rules.field.merge_key.empty()) id_of_map(list.empty() ? patch.front() : list.front(), rules);
  return kind == Kind::map ? merge_maps(std::move(list), patch, rules) : merge_scalars(std::move(list), patch, rules);
}

// ---- $setElementOrder ----------------------------------------------------------------------------------------------

/// The patch's own elements must come in the order that is asked for. Elements with a directive have no place in it;
/// as Kubernetes has it, only deletions may stand behind the last one that has.
void check_order(const List& patch, const Ids& order, const ListRules& rules) {
  auto next = order.begin();
  for (const Value& element : patch) {
    const Value* directive = element.find(kPatchKey);
    if (directive != nullptr && (next != order.end() || *directive == Value("delete"))) continue;
    if (directive == nullptr) next = std::find(next, order.end(), id_of(element, rules));
    if (next == order.end()) {
      throw Error(fmt::format("elements of `{}` are not in the order of `$setElementOrder/{}`", shown(rules),
                              rules.place.name),
                  element.span());
    }
    ++next;
  }
}

/// What is in front of what before the patch. As Kubernetes has it, new elements count as standing where deleted ones
/// left room at the end.
Ids order_before(const Merged& merged) {
  Ids order = merged.kept;
  const std::size_t room = std::min(merged.deleted, merged.appended.size());
  order.insert(order.end(), merged.appended.begin(), merged.appended.begin() + static_cast<std::ptrdiff_t>(room));
  return order;
}

Merged merge_for_order(const List* list, const List* patch, const ListRules& rules) {
  const bool merges = rules.field.shape == Shape::kMergedList;
  Ids before = list != nullptr ? ids_of(*list, rules) : Ids();  // fails for lists without keys, replaced or not
  if (list != nullptr && patch != nullptr && merges) return merge_items(*list, *patch, rules);
  Merged merged;
  merged.kept = std::move(before);
  merged.items = items_of(patch != nullptr ? without_directives_in(*patch) : *list, rules);
  return merged;
}

}  // namespace

List merge_lists(List list, const List& patch, const ListRules& rules) {
  if (list.empty() && patch.empty()) return list;
  Merged merged = merge_items(std::move(list), patch, rules);
  return arrange(std::move(merged.items), Positions(merged.patched), Positions(merged.kept));
}

List merge_lists_in_order(const List* list, const List* patch, const List& order, const ListRules& rules) {
  const List none;
  common_kind(list != nullptr ? *list : none, patch != nullptr ? *patch : none, rules);
  const Ids wanted = ids_of(order, rules);
  if (patch != nullptr) check_order(*patch, wanted, rules);
  Merged merged = merge_for_order(list, patch, rules);
  return arrange(std::move(merged.items), Positions(wanted), Positions(order_before(merged)));
}

List delete_from_list(List list, const List& deletions, const ListRules& rules) {
  const std::optional<Kind> kind = common_kind(list, deletions, rules);
  if (kind == Kind::map) {
    throw Error(fmt::format("`{}/{}` takes scalars only", kDeleteFromPrimitiveList, rules.place.name));
  }
  std::unordered_set<std::string> gone;
  for (const Value& value : deletions) gone.insert(doc::canonical_json(value));
  std::erase_if(list, [&](const Value& value) { return gone.contains(doc::canonical_json(value)); });
  return list;
}

}  // namespace patch
