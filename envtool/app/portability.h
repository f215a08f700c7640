// Whether an environment works on a target, told from its definition and what is in its deploy directory.
#pragma once

#include <vector>

#include "envtool/app/deploy_directory.h"
#include "envtool/app/environment.h"
#include "envtool/manifest/portability.h"

namespace app {

/// What is rewritten for the target and what is refused. For Kubernetes the form that is made of it is looked at, too. Settings that
/// the deployment doesn't have yet count as their defaults.
std::vector<manifest::Finding> check_portability(const Environment& environment, const DeployDirectory& deploy, const manifest::Target& target);

}  // namespace app
