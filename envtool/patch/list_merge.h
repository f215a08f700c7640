// Strategic merging of two lists: by merge key or as sets of scalars, and in which order the elements end.
// Does not know how two maps merge: the walker of strategic.cc is handed in for that.
#pragma once

#include <functional>

#include "envtool/doc/value.h"
#include "envtool/patch/place.h"
#include "envtool/patch/schema.h"

namespace patch {

/// Merges a map of a list with the map of the patch that has the same merge key.
using MergeElements = std::function<doc::Value(doc::Value element, const doc::Value& patch, const Place& place)>;

/// What all functions here need to know of the list.
struct ListRules {
  const FieldSchema& field;
  const Place& place;
  const MergeElements& merge_elements;
};

/// The list after a patch. Elements of the patch come first, in the patch's order, but an element that was in front of
/// a patched one stays in front of it. Throws base::Error for elements of several kinds, elements without the merge
/// key and unknown directives.
doc::List merge_lists(doc::List list, const doc::List& patch, const ListRules& rules);

/// The list after a patch with `$setElementOrder`: elements that `order` names come in that order. `list` or `patch`
/// may be null, not both. Throws also if the patch's own order is another one.
doc::List merge_lists_in_order(const doc::List* list, const doc::List* patch, const doc::List& order,
                               const ListRules& rules);

/// The list without the scalars that are named.
doc::List delete_from_list(doc::List list, const doc::List& deletions, const ListRules& rules);

}  // namespace patch
