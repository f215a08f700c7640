#include "envtool/patch/directive.h"

#include <utility>

namespace patch {
namespace {

using doc::Entry;
using doc::List;
using doc::Map;
using doc::Value;

Value clean_list(const Value& list, Nulls nulls) {
  List kept;
  for (const Value& element : list.as_list()) {
    if (std::optional<Value> clean = without_directives(element, nulls)) kept.push_back(std::move(*clean));
  }
  return Value(std::move(kept)).set_span(list.span());
}

}  // namespace

bool is_directive(std::string_view key) {
  if (!key.starts_with('$')) return false;
  return key == kPatchKey || key == kRetainKeys || key.starts_with(kSetElementOrder) ||
         key.starts_with(kDeleteFromPrimitiveList);
}

Value without_inner_directives(const Value& map, Nulls nulls) {
  Map kept;
  for (const Entry& entry : map.as_map()) {
    if (is_directive(entry.key) || (nulls == Nulls::drop && entry.value.is_null())) continue;
    if (std::optional<Value> clean = without_directives(entry.value, nulls)) {
      kept.append(entry.key, std::move(*clean), entry.key_span);
    }
  }
  return Value(std::move(kept)).set_span(map.span());
}

std::optional<Value> without_directives(const Value& value, Nulls nulls) {
  if (value.is_list()) return clean_list(value, nulls);
  if (!value.is_map()) return value;
  if (value.as_map().contains(kPatchKey)) return std::nullopt;
  return without_inner_directives(value, nulls);
}

}  // namespace patch
