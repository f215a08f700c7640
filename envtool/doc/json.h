// JSON text (RFC 8259) to values and back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "envtool/base/error.h"
#include "envtool/doc/value.h"

namespace doc {

/// The value of a JSON text. `name` stands for the text in messages. Throws base::Error for anything else than one JSON value,
/// and for a key that is given twice in one object. Values carry no spans; integers over 64 bits become reals.
Value parse_json(std::string_view text, std::string_view name);

/// Where a member of an object is, from the outermost one on; an empty name stands for any item of a list.
using MemberPath = std::vector<std::string_view>;
/// The same without one member, which costs no memory.
Value parse_json_without(const MemberPath& member, std::string_view text, std::string_view name);

enum class JsonStyle { compact, indented };

/// JSON with keys in their order; `indented` by two spaces and a newline at the end.
std::string emit_json(const Value& value, JsonStyle style = JsonStyle::compact);

/// Canonical JSON for digests: compact, keys sorted by their bytes, numbers in their shortest form.
std::string canonical_json(const Value& value);

}  // namespace doc
