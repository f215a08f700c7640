// JSON Patch (RFC 6902): operations on single values, named by JSON pointers. Knows nothing of Kubernetes.
//
// Stricter than kubectl where the RFC is: `replace` and `remove` need a value that is there, indexes aren't negative, nothing is
// moved into itself.
#pragma once

#include "envtool/doc/value.h"

namespace patch {

/// `document` after all operations of `patch`, a list of maps: `test`, `add`, `remove`, `replace`, `move`, `copy`.
/// Either all operations apply, or base::Error says which one did not (counted from 0), with its path and its span:
/// no such value, an index outside of its list, a `test` that fails, a move into itself, a malformed operation.
/// Numbers are compared by their value: `1` equals `1.0`. Messages show paths, never values: these may be secret.
doc::Value json_patch(doc::Value document, const doc::Value& patch);

}  // namespace patch
