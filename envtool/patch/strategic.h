// Kubernetes' strategic merge patch: JSON merge patch that knows which lists merge by which key.
// Follows `kubectl patch --local --type strategic`; how lists merge comes from a schema, not from this code.
//
// Where kubectl's result hangs on the order of a hash table or on chance, or where it can't have been meant, this
// differs on purpose:
//   what                                               kubectl                            here
//   directives in values that are new (also in lists   stay in the result, except         left out, with the element
//     and maps that are replaced as a whole)             `$patch` in new maps               if it is `$patch`
//   `$deleteFromPrimitiveList/x` and `x` in one patch   either comes first                 deletions come first
//   `$setElementOrder/x: []`                            an error, or a reversed list       as if it was not there
//   `$deleteFromPrimitiveList/x` that is no list        ignored, or taken for `x`          an error
//   `$deleteFromPrimitiveList/x` with maps              merges them                        an error
//   null or a map as an element that is compared        a crash                            an error
//   a list where the schema has a map, or the reverse   an error, or no check below        an error
//   field names in another case (`Containers`)          found where names are compared     unknown
//   scalars that stand twice in a merged list           order hangs on memory lay-out      first place counts
#pragma once

#include "envtool/doc/value.h"
#include "envtool/patch/schema.h"

namespace patch {

/// `object` with `patch` on top, as `schema` says. Keys keep the object's order, new ones go to the end; elements of a
/// merged list come in kubectl's order. Understands `$patch: delete|replace`, `$retainKeys`, `$setElementOrder/LIST`,
/// `$deleteFromPrimitiveList/LIST` and null for "delete". Spans follow the winner, as in `merge`.
///
/// A patch that is `$patch: delete` as a whole leaves an empty map, one with `$patch: replace` leaves itself.
/// Throws base::Error at the element of the patch (or of the object) for: values that aren't maps, fields that the
/// schema doesn't know where both sides have a map or a list, elements without their merge key, malformed directives.
doc::Value strategic_merge(doc::Value object, const doc::Value& patch, const ListSchema& schema);

/// The same, with the schema of the object's own apiVersion and kind. Throws base::Error ("strategic merge patch is not
/// supported for ...") if there is none, as for custom resources: use `json_merge_patch` there.
doc::Value strategic_merge(doc::Value object, const doc::Value& patch);

}  // namespace patch
