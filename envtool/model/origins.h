// Where the values of a merged definition come from: every value knows its own place, and the layers still hold what lost.
#pragma once

#include <string>
#include <vector>

#include "envtool/doc/value.h"

namespace model {

struct Origin {
  std::string path;                    ///< as messages show it
  doc::Value value;                    ///< with its place
  std::vector<doc::Value> overridden;  ///< what other layers say there, the last one first; null took something away
};

/// All scalars of a merged definition, and what is empty.
std::vector<Origin> origins_of(const doc::Value& definition);

/// The values at and below a dotted path, with those that they won over in the layers; lists count as one value, for layers
/// replace them as a whole. Throws base::Error if nothing is there: with what is, or with the place that took it away.
std::vector<Origin> explain(const doc::Value& merged, const std::vector<doc::Value>& layers, const std::string& path);

}  // namespace model
