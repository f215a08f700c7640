// Values as text, the way Python's str(), repr() and json.dumps() write them. Knows nothing of syntax.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "envtool/tmpl/value.h"

namespace tmpl {

/// str(value). Throws base::Error for strict undefined values, for what can't be printed, and for values in
/// too many levels.
std::string to_text(Runtime& runtime, const Value& value);

/// The same added to `out`.
void append_text(Runtime& runtime, std::string& out, const Value& value);

/// repr(value): strings in quotes.
std::string to_repr(Runtime& runtime, const Value& value);

/// A float as Python writes it: the shortest digits that give the same float back (`1.0`, `1e+16`, `inf`).
std::string real_to_text(double value);

/// What the `tojson` filter returns: json.dumps with sorted keys, `<`, `>`, `&` and `'` as escapes. With an
/// indent, every item stands on its own line behind as many indents as it is deep.
std::string to_json(Runtime& runtime, const Value& value, const std::optional<std::string>& indent);

/// `&`, `<`, `>`, `'` and `"` as HTML entities.
std::string escape_html(std::string_view text);

}  // namespace tmpl
