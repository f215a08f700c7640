// Values of a template as values of the caller, for the functions that the caller registers.
#pragma once

#include <string>

#include "envtool/doc/value.h"
#include "envtool/tmpl/template.h"
#include "envtool/tmpl/value.h"

namespace tmpl {

/// The same data. Throws base::Error for undefined values, objects, and keys that aren't strings.
doc::Value to_doc(Runtime& runtime, const Value& value);

/// The other way round; the result stands on its own.
Value from_doc(Runtime& runtime, doc::Value&& value);

/// Calls a registered function, which takes positional arguments only.
Value call_foreign(Runtime& runtime, const std::string& name, const Function& function,
                   Arguments&& arguments);

}  // namespace tmpl
