// What a key is made of, as lines to read, and which of it changed. Pure.
#pragma once

#include <string>
#include <vector>

#include "envtool/doc/difference.h"
#include "envtool/doc/value.h"

namespace plan {

/// One scalar of the inputs of a key, by its path: `arguments.HTTP_PROXY`.
struct Input {
  std::string path;
  std::string value;
};

/// Every scalar, in the order of the tree. Empty lists and maps count as `[]` and `{}`.
std::vector<Input> flatten(const doc::Value& inputs);

/// Which inputs changed: the first parts of the paths, each once.
std::vector<std::string> changed_inputs(const std::vector<doc::Difference>& differences);

}  // namespace plan
