// The methods of strings, lists, tuples and dicts. Knows nothing of syntax.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "envtool/tmpl/call.h"
#include "envtool/tmpl/value.h"

namespace tmpl {

struct Method {
  std::string_view name;
  Signature signature;
  Value (*run)(Runtime& runtime, const Value& self, const Bound& arguments);
};

/// The method `name` of a value, or null. Methods live as long as the program.
const Method* find_method(const Value& self, std::string_view name);

/// Runs a method. Throws base::Error without a span.
Value apply(Runtime& runtime, const Method& method, const Value& self, Arguments&& arguments);

/// The method `name` of a value, ready to be called; nothing if its type has none. Throws base::Error for
/// names that Python knows and this table doesn't: they must not be taken for keys.
std::optional<Value> bind_method(Runtime& runtime, const Value& self, std::string_view name);

// The table by type, one file each.
const std::vector<Method>& text_methods();
const std::vector<Method>& list_methods();
const std::vector<Method>& tuple_methods();
const std::vector<Method>& dict_methods();

}  // namespace tmpl
