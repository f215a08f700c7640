// A user's objects, from a configuration: profile, templates, labels, patches, and what is added to the notebook's container.
// Knows no cluster.
#pragma once

#include <string>
#include <vector>

#include "envtool/base/error.h"
#include "envtool/doc/value.h"
#include "envtool/spawn/config.h"
#include "envtool/spawn/variables.h"

namespace spawn {

struct Rendered {
  std::string profile;  ///< the slug; empty without profiles
  std::string key;
  std::string kubernetes_namespace;
  std::string kubernetes_context;
  std::string url;                  ///< where the hub's proxy finds the server
  std::vector<doc::Value> objects;  ///< in the order in which they are to be applied
  std::vector<base::Diagnostic> warnings;
};

/// What would be applied for a server. Throws base::Error with all problems at once: names that no hub gives, an unknown
/// profile, templates that don't render, documents that are no objects, patches that don't fit. `config` must be free of
/// errors; what is rendered on the way goes to `sources`.
Rendered render(const Config& config, const Server& server, base::Sources& sources);

}  // namespace spawn
