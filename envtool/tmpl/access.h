// `a.b`, `a[b]` and `a[b:c:d]`. Knows nothing of syntax.
#pragma once

#include <optional>
#include <string_view>

#include "envtool/tmpl/value.h"

namespace tmpl {

/// `object.name`: an attribute or method, else an item of this key. Nothing if there is neither. Throws
/// base::Error for undefined objects and for what is kept from templates.
std::optional<Value> get_attribute(Runtime& runtime, const Value& object, std::string_view name);

/// `object[key]`: an item, else an attribute of this name. Nothing if there is neither.
std::optional<Value> get_item(Runtime& runtime, const Value& object, const Value& key);

/// An attribute or a method only.
std::optional<Value> get_own_attribute(Runtime& runtime, const Value& object, std::string_view name);

/// `object[start:stop:step]`; each bound may be missing.
Value get_slice(Runtime& runtime, const Value& object, const Value& start, const Value& stop,
                const Value& step);

/// The undefined value that stands for a member that isn't there.
Value undefined_member(const Runtime& runtime, const Value& object, const Value& key);

}  // namespace tmpl
