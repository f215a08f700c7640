// An environment, read, layered, decoded and composed: what every command begins with.
#pragma once

#include <string>
#include <vector>

#include "envtool/app/project.h"
#include "envtool/app/standins.h"
#include "envtool/base/error.h"
#include "envtool/doc/value.h"
#include "envtool/model/decode.h"
#include "envtool/model/deploy.h"
#include "envtool/model/env.h"

namespace app {

/// What the command line says about one environment.
struct EnvironmentOptions {
  std::string name;
  std::vector<std::string> assignments;    ///< `--set`
  std::vector<fs::path> overlays;          ///< `--file`: definitions laid over the environment's own
  std::string instance = {};               ///< `--instance`; empty: the environment by itself
};

struct Environment {
  Project project;
  doc::Value definition;            ///< all layers merged
  std::vector<doc::Value> layers;   ///< each by itself, in the order in which they were laid over each other
  model::Env env;
  std::vector<doc::Value> objects;  ///< the manifest, composed for no target in particular
};

/// The layers of stand-ins that `surroundings` call for and the ports of the instance are laid over the definition, and what the
/// command line sets over those.
/// Throws base::Error with every problem of the definition. `sources` must outlive the result.
Environment load_environment(const Project& project, const EnvironmentOptions& options, base::Sources& sources,
                             const Surroundings& surroundings = {});

/// The ports that the command line sets.
HostPorts assigned_ports(const EnvironmentOptions& options);

/// Variables of this process that definitions may refer to: JUPYTERUSER, SLURMUSER_UID, ...
model::Variables process_variables();

/// What templates see besides their own: the manifest's variables, `deploy_dir`, and `deploy`, the deploy ConfigMap without secrets.
doc::Map template_variables(const Environment& environment, const model::DeployValues& deploy, const fs::path& deploy_directory);

/// A template of the definition (a readiness path, a line shown after `up`) with the deploy configuration at hand.
std::string render_text(const Environment& environment, const std::string& text, const model::DeployValues& deploy,
                        const fs::path& deploy_directory);

}  // namespace app
