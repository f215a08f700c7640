// The directives of strategic merge patches: keys with a `$` that say how to merge instead of what.
// Source: Kubernetes' strategic-merge-patch.md. Knows nothing of schemas.
#pragma once

#include <optional>
#include <string_view>

#include "envtool/doc/value.h"

namespace patch {

/// `$patch: delete` or `replace`, in a map or in an element of a list.
inline constexpr std::string_view kPatchKey = "$patch";
/// `$retainKeys: [a, b]`: all other keys of this map go.
inline constexpr std::string_view kRetainKeys = "$retainKeys";
/// `$setElementOrder/LIST: [...]`: the order of a list's elements afterwards.
inline constexpr std::string_view kSetElementOrder = "$setElementOrder";
/// `$deleteFromPrimitiveList/LIST: [...]`: scalars that go from a list.
inline constexpr std::string_view kDeleteFromPrimitiveList = "$deleteFromPrimitiveList";

/// Whether a key is any of the directives.
bool is_directive(std::string_view key);

enum class Nulls { keep, drop };

/// A copy of a value as it stands where nothing was before: no directive is left in it, and maps and elements with
/// `$patch` are gone. Nothing if the value itself is a map with `$patch`. `drop` leaves out keys that are null too.
std::optional<doc::Value> without_directives(const doc::Value& value, Nulls nulls);

/// As above, for a map whose own `$patch` was seen to already.
doc::Value without_inner_directives(const doc::Value& map, Nulls nulls);

}  // namespace patch
