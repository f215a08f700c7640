// The environments of this project, read from the working directory, which must be the project.
#pragma once

#include <string>
#include <vector>

#include "envtool/base/source.h"
#include "envtool/manifest/compose.h"
#include "envtool/model/decode.h"
#include "envtool/model/layers.h"
#include "envtool/sys/file.h"

namespace test {

inline const std::vector<std::string> kEnvironments{"dev_dummyauth", "dev_dummyauth_extslurm", "dev_realauth",
                                                    "dev_realauth_zenithclient", "prod"};

/// One environment and its manifest as composed. Throws base::Error if the definition has any problem.
struct Environment {
  explicit Environment(const std::string& name, const model::Variables& variables = {}) {
    const std::string path = "envs/" + name + "/env.yaml";
    const doc::Value definition =
        model::load_layers(sources, path, [](const std::string& file) { return sys::read_file_if_exists(file); });
    base::Diagnostics problems;
    env = model::decode(definition, name, variables, problems);
    problems.throw_if_errors();
    const std::string manifest = env.manifest.template_path;
    objects = manifest::compose(env, sources.add(manifest, sys::read_file(manifest)), sources);
  }

  base::Sources sources;
  model::Env env;
  std::vector<doc::Value> objects;
};

}  // namespace test
