// What podman and Kubernetes refuse in any manifest, found before either is asked. Knows no target.
#pragma once

#include <vector>

#include "envtool/base/error.h"
#include "envtool/doc/value.h"
#include "envtool/model/env.h"

namespace manifest {

/// Reports, with places: objects without kind or name, names and labels that no target takes, a pod that isn't there or has
/// another name than the environment says, containers without image, mounts of volumes that aren't there, and ports and
/// readiness checks of the environment that name a container which isn't there.
void check_objects(const model::Env& env, const std::vector<doc::Value>& objects, base::Diagnostics& problems);

}  // namespace manifest
