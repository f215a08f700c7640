// The `attribute` argument of filters: `spec.ports.0` looks into items, and into items of items.
#pragma once

#include <optional>
#include <vector>

#include "envtool/tmpl/value.h"

namespace tmpl {

class AttributePath {
 public:
  /// From an argument; missing and none are the empty path. A string of digits between dots is an index.
  AttributePath(Runtime& runtime, const Value& attribute);
  /// From an argument with commas: several paths.
  static std::vector<AttributePath> parse_list(Runtime& runtime, const Value& attributes);

  /// What is there; undefined values on the way give way to `fallback` unless that is missing or none.
  Value get(Runtime& runtime, const Value& item, const Value& fallback = {}) const;

 private:
  AttributePath() = default;
  void add_parts(Runtime& runtime, std::string_view text);

  std::vector<Value> parts_;
};

/// A string in lower case, for comparisons that ignore case; any other value as it is.
Value ignore_case(Runtime& runtime, const Value& value);

}  // namespace tmpl
