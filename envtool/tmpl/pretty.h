// What the `pprint` filter writes: Python's pprint.pformat. Knows nothing of syntax.
#pragma once

#include <string>

#include "envtool/tmpl/value.h"

namespace tmpl {

/// The repr of a value with the keys of dicts sorted. Throws base::Error for values that don't fit on a
/// line of 80 characters.
std::string to_pretty(Runtime& runtime, const Value& value);

}  // namespace tmpl
