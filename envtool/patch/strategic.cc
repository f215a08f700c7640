#include "envtool/patch/strategic.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "envtool/base/error.h"
#include "envtool/patch/directive.h"
#include "envtool/patch/list_merge.h"
#include "envtool/patch/map_edit.h"
#include "envtool/patch/place.h"

namespace patch {
namespace {

using base::Error;
using doc::Entry;
using doc::List;
using doc::Map;
using doc::Value;

/// A map that is being merged: its type, and where it is.
struct Level {
  ListSchema schema;
  const Place& place;
};

/// All that a patch says of one field.
struct FieldPatch {
  std::string_view key;
  const Value* value = nullptr;
  const Value* order = nullptr;      ///< `$setElementOrder/key`
  const Value* deletions = nullptr;  ///< `$deleteFromPrimitiveList/key`
  base::Span key_span;
};

Value merge_maps(Value object, const Value& patch, const Level& at);

std::string shown(const Place& place) {
  const std::string text = to_string(place);
  return text.empty() ? "the object" : fmt::format("`{}`", text);
}

const base::Span& winner(const Value& patch, const Value& object) {
  return patch.span() ? patch.span() : object.span();
}

// ---- schema --------------------------------------------------------------------------------------------------------

[[noreturn]] void fail_unknown_field(const Level& at, const Place& place, base::Span span) {
  throw Error(fmt::format("can't merge `{}`: {} has no such map or list", to_string(place), at.schema.name()), span)
      .guess(place.name, at.schema.field_names());
}

/// The schema of a field in which two maps, or two lists, meet.
FieldSchema field_schema(const Level& at, const Place& place, const Value& value) {
  const std::optional<FieldSchema> field = at.schema.field(place.name);
  if (!field) fail_unknown_field(at, place, value.span());
  if (field->is_list() == value.is_list()) return *field;
  throw Error(fmt::format("`{}` must be a {}, found {}", to_string(place), field->is_list() ? "list" : "map",
                          to_string(value.kind())),
              value.span());
}

// ---- what a patch says ---------------------------------------------------------------------------------------------

/// The list that `$directive/LIST` is about.
std::string_view target_of(const Entry& entry, std::string_view directive) {
  const std::string_view rest = std::string_view(entry.key).substr(directive.size());
  if (rest.starts_with('/')) return rest.substr(1);
  throw Error(fmt::format("directive `{}` names no list", entry.key), entry.key_span)
      .hint(fmt::format("write `{}/LIST`", directive));
}

using Directed = std::map<std::string_view, FieldPatch>;

Directed read_directives(const Map& patch) {
  Directed fields;
  for (const Entry& entry : patch) {
    if (entry.key.starts_with(kSetElementOrder)) {
      fields[target_of(entry, kSetElementOrder)].order = &entry.value;
    } else if (entry.key.starts_with(kDeleteFromPrimitiveList)) {
      fields[target_of(entry, kDeleteFromPrimitiveList)].deletions = &entry.value;
    }
  }
  return fields;
}

/// The fields that a patch names, in its order; those that have directives only come last.
std::vector<FieldPatch> read_fields(const Map& patch) {
  Directed directed = read_directives(patch);
  std::vector<FieldPatch> fields;
  for (const Entry& entry : patch) {
    if (is_directive(entry.key)) continue;
    FieldPatch field;
    if (auto node = directed.extract(entry.key)) field = node.mapped();
    field.key = entry.key;
    field.key_span = entry.key_span;
    field.value = &entry.value;
    fields.push_back(field);
  }
  for (auto& [key, field] : directed) {
    field.key = key;
    fields.push_back(field);
  }
  return fields;
}

const List& directive_list(const Value& directive, std::string_view name, const Place& place) {
  if (directive.is_list()) return directive.as_list();
  throw Error(fmt::format("`{}/{}` must be a list, found {}", name, place.name, to_string(directive.kind())),
              directive.span());
}

// ---- $patch and $retainKeys ----------------------------------------------------------------------------------------

/// A map of which `$patch` says what becomes.
Value replaced_map(const Value& directive, const Value& patch, const Level& at) {
  if (directive == Value("replace")) return without_inner_directives(patch, Nulls::keep);
  if (directive == Value("delete")) return Value(Map()).set_span(patch.span());
  const std::string text = directive.is_string() ? directive.as_string() : std::string(to_string(directive.kind()));
  throw Error(fmt::format("unknown directive `$patch: {}` in {}", text, shown(at.place)), directive.span())
      .hint("known are `delete` and `replace`");
}

std::unordered_set<std::string_view> read_retained(const Value& directive, const Level& at) {
  std::unordered_set<std::string_view> names;
  const Error error(fmt::format("`$retainKeys` of {} must be a list of names", shown(at.place)), directive.span());
  if (!directive.is_list()) throw error;
  for (const Value& name : directive.as_list()) {
    if (!name.is_string()) throw error;
    names.insert(name.as_string());
  }
  return names;
}

void check_retained(const std::unordered_set<std::string_view>& retained, const Map& patch, const Level& at) {
  for (const Entry& entry : patch) {
    if (entry.value.is_null() || is_directive(entry.key) || retained.contains(entry.key)) continue;
    const base::Span span = entry.key_span ? entry.key_span : entry.value.span();
    throw Error(
        fmt::format("the patch of {} sets `{}`, which its `$retainKeys` leaves out", shown(at.place), entry.key), span);
  }
}

Map retain_keys(Map object, const Map& patch, const Level& at) {
  const Value* directive = patch.find(kRetainKeys);
  if (directive == nullptr) return object;
  const std::unordered_set<std::string_view> retained = read_retained(*directive, at);
  check_retained(retained, patch, at);
  Map kept;
  for (Entry& entry : object) {
    if (retained.contains(entry.key)) kept.append(std::move(entry.key), std::move(entry.value), entry.key_span);
  }
  return kept;
}

// ---- one field -----------------------------------------------------------------------------------------------------

/// Runs `work` with the rules of a list field.
template <typename Work>
Value with_rules(const FieldSchema& field, const Place& place, Work&& work) {
  const MergeElements merge_elements = [&](Value element, const Value& patch, const Place& at) {
    return merge_maps(std::move(element), patch, Level{field.below, at});
  };
  return Value(work(ListRules{field, place, merge_elements}));
}

Value merge_list_field(Value current, const Value& patch, const Level& at, const Place& place) {
  const FieldSchema field = field_schema(at, place, patch);
  const base::Span span = winner(patch, current);
  if (field.shape == Shape::kList) return *without_directives(patch, Nulls::keep);
  return with_rules(field, place, [&](const ListRules& rules) {
           return merge_lists(std::move(current.as_list()), patch.as_list(), rules);
         }).set_span(span);
}

Value merge_map_field(Value current, const Value& patch, const Level& at, const Place& place) {
  const FieldSchema field = field_schema(at, place, patch);
  if (field.shape == Shape::kReplacedMap && patch.find(kPatchKey) == nullptr) {
    return without_inner_directives(patch, Nulls::keep);
  }
  return merge_maps(std::move(current), patch, Level{field.below, place});
}

/// The field's value after the patch's, or nothing if the field goes.
std::optional<Value> merge_value(std::optional<Value> current, const Value& patch, const Level& at,
                                 const Place& place) {
  if (patch.is_null()) return std::nullopt;
  if (!current || current->kind() != patch.kind()) return without_directives(patch, Nulls::drop);
  if (patch.is_map()) return merge_map_field(std::move(*current), patch, at, place);
  if (patch.is_list()) return merge_list_field(std::move(*current), patch, at, place);
  return patch;
}

const List* list_or_fail(const Value* value, const Place& place) {
  if (value == nullptr) return nullptr;
  if (value->is_list()) return &value->as_list();
  throw Error(fmt::format("`{}` has `$setElementOrder` but is no list", to_string(place)), value->span());
}

std::optional<Value> merge_ordered(std::optional<Value> current, const FieldPatch& patch, const Level& at,
                                   const Place& place) {
  const List& order = directive_list(*patch.order, kSetElementOrder, place);
  const List* before = list_or_fail(current ? &*current : nullptr, place);
  const List* patched = list_or_fail(patch.value, place);
  const FieldSchema field = field_schema(at, place, *patch.order);
  if (before == nullptr && patched == nullptr) return std::nullopt;
  const base::Span span = patch.value != nullptr ? patch.value->span() : current->span();
  return with_rules(field, place, [&](const ListRules& rules) {
           return merge_lists_in_order(before, patched, order, rules);
         }).set_span(span);
}

Value delete_scalars(Value current, const Value& deletions, const Level& at, const Place& place) {
  const List& scalars = directive_list(deletions, kDeleteFromPrimitiveList, place);
  if (!current.is_list()) return current;
  const FieldSchema field = field_schema(at, place, current);
  const base::Span span = current.span();
  return with_rules(field, place, [&](const ListRules& rules) {
           return delete_from_list(std::move(current.as_list()), scalars, rules);
         }).set_span(span);
}

bool has_order(const FieldPatch& patch) {
  return patch.order != nullptr && !(patch.order->is_list() && patch.order->as_list().empty());
}

std::optional<Value> merge_field(std::optional<Value> current, const FieldPatch& patch, const Level& at) {
  const Place place = at.place.field(patch.key);
  if (has_order(patch)) current = merge_ordered(std::move(current), patch, at, place);
  if (patch.deletions != nullptr && current) current = delete_scalars(std::move(*current), *patch.deletions, at, place);
  if (patch.value == nullptr || has_order(patch)) return current;
  return merge_value(std::move(current), *patch.value, at, place);
}

// ---- the walk ------------------------------------------------------------------------------------------------------

void merge_into(MapEdit& edit, const FieldPatch& patch, const Level& at) {
  Entry* entry = edit.find(patch.key);
  if (entry == nullptr) {
    std::optional<Value> added = merge_field(std::nullopt, patch, at);
    if (added) edit.append({std::string(patch.key), std::move(*added), patch.key_span});
    return;
  }
  std::optional<Value> merged = merge_field(std::move(entry->value), patch, at);
  if (!merged) return edit.remove(*entry);
  entry->value = std::move(*merged);
  if (patch.key_span) entry->key_span = patch.key_span;
}

Value merge_maps(Value object, const Value& patch, const Level& at) {
  if (const Value* directive = patch.find(kPatchKey)) return replaced_map(*directive, patch, at);
  const base::Span span = winner(patch, object);
  MapEdit edit(retain_keys(std::move(object.as_map()), patch.as_map(), at));
  for (const FieldPatch& field : read_fields(patch.as_map())) merge_into(edit, field, at);
  return Value(edit.take()).set_span(span);
}

std::string text_of(const Value& object, std::string_view key) {
  const Value* value = object.find(key);
  return value != nullptr && value->is_string() ? value->as_string() : std::string();
}

/// `apps/v1, Kind=Deployment`; kinds of the core group have no name before the slash.
std::string kind_in_full(const std::string& api_version, const std::string& kind) {
  return fmt::format("{}{}, Kind={}", api_version.find('/') == std::string::npos ? "/" : "", api_version, kind);
}

}  // namespace

Value strategic_merge(Value object, const Value& patch, const ListSchema& schema) {
  for (const Value* value : {&std::as_const(object), &patch}) {
    if (value->is_map()) continue;
    throw Error(fmt::format("a strategic merge patch and its object must be maps, found {}", to_string(value->kind())),
                value->span());
  }
  return merge_maps(std::move(object), patch, Level{schema, Place()});
}

Value strategic_merge(Value object, const Value& patch) {
  const std::string api_version = text_of(object, "apiVersion");
  const std::string kind = text_of(object, "kind");
  const std::optional<ListSchema> schema = ListSchema::find(api_version, kind);
  if (schema) return strategic_merge(std::move(object), patch, *schema);
  throw Error(fmt::format("strategic merge patch is not supported for {}", kind_in_full(api_version, kind)),
              patch.span())
      .hint("a JSON merge patch works on every kind");
}

}  // namespace patch
