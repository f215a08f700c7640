// The tests (`x is even`) by name. Knows nothing of syntax.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "envtool/tmpl/call.h"
#include "envtool/tmpl/value.h"

namespace tmpl {

struct Test {
  std::string_view name;
  Signature signature;  ///< without the value that is tested
  bool (*run)(Runtime& runtime, const Value& input, const Bound& arguments);
};

/// A test, or null. Tests live as long as the program.
const Test* find_test(std::string_view name);
std::vector<std::string> test_names();

/// Runs a test. Throws base::Error without a span.
bool apply(Runtime& runtime, const Test& test, const Value& input, Arguments&& arguments);

}  // namespace tmpl
