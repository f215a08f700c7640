// JSON Pointer (RFC 6901): the path of a value in a document, one token for each level.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "envtool/doc/value.h"

namespace patch {

using Pointer = std::vector<std::string>;

/// The tokens of a pointer, `~1` and `~0` resolved; the empty text is the whole document. Throws base::Error for text
/// that doesn't begin with `/` and for any other use of `~`.
Pointer parse_pointer(std::string_view text);

/// The text of a pointer.
std::string to_string(const Pointer& pointer);

/// A token as the index of a list's element: digits without a leading zero.
std::optional<std::size_t> parse_index(std::string_view token);

/// The value that a pointer names, or null if there is none. Good until the document changes.
const doc::Value* find(const doc::Value& document, const Pointer& pointer);
doc::Value* find(doc::Value& document, const Pointer& pointer);

}  // namespace patch
