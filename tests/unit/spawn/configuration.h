// Configurations for tests, written as YAML.
#pragma once

#include <string>
#include <utility>

#include "envtool/base/source.h"
#include "envtool/doc/value.h"
#include "envtool/doc/yaml.h"
#include "envtool/spawn/config.h"
#include "envtool/spawn/render.h"

namespace spawn {

/// The configuration of a file `hub.yaml`. Throws base::Error with its problems.
inline Config configuration(std::string yaml, base::Sources& sources) {
  base::Diagnostics problems;
  Config config = decode(doc::read_yaml(sources.add("hub.yaml", std::move(yaml))), problems);
  problems.throw_if_errors();
  return config;
}

inline Rendered rendered(const std::string& yaml, const Server& server = {.user = "alice", .name = "", .profile = {}, .api_token = "secret"}) {
  base::Sources sources;
  return render(configuration(yaml, sources), server, sources);
}

/// The value at a path of the object `kind`, or null.
inline doc::Value at(const Rendered& result, const std::string& kind, const std::string& path) {
  for (const doc::Value& object : result.objects) {
    if (*object.find("kind") != doc::Value(kind)) continue;
    const doc::Value* found = doc::at_path(object, path);
    return found == nullptr ? doc::Value() : *found;
  }
  return "no such object";
}

/// The value of a variable of the notebook container, or null.
inline doc::Value variable(const Rendered& result, const std::string& name) {
  const doc::Value list = at(result, "Pod", "spec.containers.0.env");
  for (const doc::Value& entry : list.as_list()) {
    if (*entry.find("name") == doc::Value(name)) return entry.find("value") == nullptr ? doc::Value() : *entry.find("value");
  }
  return {};
}

}  // namespace spawn
