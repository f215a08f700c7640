// str.format(): `"{0}-{name:>8}".format(...)`. The Python Library Reference, "Format String Syntax".
#pragma once

#include "envtool/tmpl/value.h"

namespace tmpl {

/// The formatted text; markup if `format` is, with what goes in escaped. Throws base::Error for formats
/// that are none and for fields that aren't given.
Value brace_format(Runtime& runtime, const Value& format, const Arguments& arguments);

}  // namespace tmpl
