// Where two value trees differ, leaf by leaf. Knows nothing of what they mean.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "envtool/doc/value.h"

namespace doc {

/// One place. Where only one tree has something, the other's pointer is null. Good as long as both trees are.
struct Difference {
  std::string path;
  const Value* left = nullptr;
  const Value* right = nullptr;
};

/// All places, in the order of `left`, then what only `right` has; empty for equal trees. What is missing on one side counts as one
/// place, however much it holds. The order of a map's keys doesn't count, nor that of a list whose items all have a `name` of
/// their own, which pairs them: `containers[name=hub].image`. Other lists are paired by index.
std::vector<Difference> differences(const Value& left, const Value& right);

/// The node of a tree at a path as `differences` gives it, or null if there is none.
const Value* find_difference(const Value& root, std::string_view path);

}  // namespace doc
