// Going over values: what Python's iter(), list() and len() do. Knows nothing of syntax.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "envtool/tmpl/value.h"

namespace tmpl {

/// The items of a value: code points of strings, keys of dicts. Null if it can't be gone over. Throws
/// base::Error for a strict undefined value. Going on after a dict has changed its size is an error, as in
/// Python.
StreamPtr try_iterate(Runtime& runtime, const Value& value);

/// The same, but throws base::Error if there is nothing to go over.
StreamPtr iterate(Runtime& runtime, const Value& value);

/// All items, counted as steps and memory.
std::vector<Value> collect(Runtime& runtime, const Value& value);
std::vector<Value> collect(Runtime& runtime, Stream& stream);

/// len(value), or nothing for what has no length.
std::optional<std::size_t> length_of(const Value& value);

/// A stream whose items come from a function that sets the next one or returns false.
StreamPtr make_stream(std::function<bool(Value&)> next);

/// A stream over values that are there already.
StreamPtr make_stream(std::vector<Value> items);

}  // namespace tmpl
