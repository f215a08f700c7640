// Layering: one definition on top of another, left to right.
// Knows nothing of what the values mean; for Kubernetes' lists that merge by a key see strategic.h.
#pragma once

#include "envtool/doc/value.h"

namespace patch {

/// `base` with `overlay` on top. Maps merge key by key at every depth, in the order of the base's keys, new keys at the
/// end. Lists and scalars are replaced. A null in the overlay deletes the key. An overlay that is null as a whole (an
/// empty file) changes nothing.
///
/// Spans follow the winner: a value and a key have the span of the last layer that names them. Never fails. Linear in
/// the size of both.
doc::Value merge(doc::Value base, const doc::Value& overlay);

/// JSON Merge Patch (RFC 7386): as `merge`, but a patch that is null as a whole gives null. As the RFC has it, nulls in the
/// elements of a list stay, which kubectl drops.
doc::Value json_merge_patch(doc::Value target, const doc::Value& patch);

}  // namespace patch
