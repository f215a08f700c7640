#include "envtool/patch/merge.h"

#include <utility>

#include "envtool/patch/map_edit.h"

namespace patch {
namespace {

using doc::Entry;
using doc::Map;
using doc::Value;

void merge_entry(MapEdit& edit, const Entry& overlay) {
  Entry* entry = edit.find(overlay.key);
  if (entry == nullptr) {
    if (overlay.value.is_null()) return;
    return edit.append({overlay.key, json_merge_patch(Value(), overlay.value), overlay.key_span});
  }
  if (overlay.value.is_null()) return edit.remove(*entry);
  entry->value = json_merge_patch(std::move(entry->value), overlay.value);
  if (overlay.key_span) entry->key_span = overlay.key_span;
}

}  // namespace

Value json_merge_patch(Value target, const Value& patch) {
  if (!patch.is_map()) return patch;
  MapEdit edit(target.is_map() ? std::move(target.as_map()) : Map());
  for (const Entry& entry : patch.as_map()) merge_entry(edit, entry);
  return Value(edit.take()).set_span(patch.span() ? patch.span() : target.span());
}

Value merge(Value base, const Value& overlay) {
  return overlay.is_null() ? base : json_merge_patch(std::move(base), overlay);
}

}  // namespace patch
