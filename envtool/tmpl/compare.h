// Equality, order, truth and hashes of values, as Python defines them. Knows nothing of syntax.
#pragma once

#include <cstddef>
#include <string_view>

#include "envtool/tmpl/value.h"

namespace tmpl {

class Runtime;

/// Python's `==`; every pair of items is a step. Throws base::Error for a strict undefined value.
bool equal(Runtime& runtime, const Value& a, const Value& b);

/// The same for keys of a dict, whose size `hash` has limited.
bool equal_keys(const Value& a, const Value& b);

/// Python's `<`. Throws base::Error for values that have no order.
bool less(Runtime& runtime, const Value& a, const Value& b);

/// Python's bool(). Throws base::Error for a strict undefined value.
bool truth(const Value& value);

/// Equal values have equal hashes. Throws base::Error for lists and dicts, which can't be hashed, and for
/// huge tuples.
std::size_t hash(const Value& value);
std::size_t hash(std::string_view text);

/// Throws what an undefined value has to say, with suggestions.
[[noreturn]] void fail_undefined(const Value& value);

}  // namespace tmpl
