// Layers of a definition: what `extends` names, the definition itself, then what the command line sets.
// Reads through a function, so that it knows no files.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "envtool/base/error.h"
#include "envtool/doc/value.h"

namespace model {

/// The text of a file, or nothing if there is none.
using ReadText = std::function<std::optional<std::string>(const std::string& path)>;

struct LayeredDefinition {
  doc::Value merged;
  std::vector<doc::Value> all;  ///< each by itself, without `extends`, in the order in which they were laid over each other
};

/// The layers of the definition at `path`, merged left to right; the field `extends` is resolved and gone. Paths in `extends`
/// are relative to the file that holds them. Throws base::Error for a missing file, a cycle, or text that is no YAML map.
LayeredDefinition read_layers(base::Sources& sources, const std::string& path, const ReadText& read);

/// Only what they come to.
doc::Value load_layers(base::Sources& sources, const std::string& path, const ReadText& read);

/// One overlay from `path.to.field=value` assignments, later ones over earlier; values are read as plain YAML scalars, and an
/// empty one takes the field away. Throws for text without `=` and for a path with an empty part.
doc::Value parse_assignments(base::Sources& sources, const std::vector<std::string>& assignments);

}  // namespace model
