// What the administrator of another machine puts there, so that it works together with an environment.
#pragma once

#include <string>
#include <vector>

#include "envtool/app/deploy_directory.h"
#include "envtool/app/environment.h"

namespace app {

struct HostFileText {
  std::string path;  ///< on the other machine
  std::string text;
};

/// The environment's host files, rendered. Templates see what the manifest's do, `deploy`, and `authorized_keys`: by secret, the line for
/// its public key if that is there. `from` are the addresses that the pod's connections come from, as the machine sees them; may be empty.
/// Throws base::Error when a template needs something that isn't there.
std::vector<HostFileText> render_host_files(const Environment& environment, const DeployDirectory& deploy,
                                            const model::DeployValues& values, const std::vector<std::string>& from);

}  // namespace app
