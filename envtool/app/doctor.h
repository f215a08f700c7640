// Looks for what keeps an environment from working, and says how to mend it. Starts nothing, changes nothing.
#pragma once

#include <stop_token>
#include <vector>

#include "envtool/app/finding.h"
#include "envtool/app/machine.h"
#include "envtool/app/session.h"

namespace app {

/// The machine alone.
std::vector<Finding> examine_machine(const Project& project, const MachineTools& tools, std::stop_token stop);

/// The machine, the deploy directory and, where Slurm is a host outside the pod, that host.
std::vector<Finding> examine_environment(Session& session, const MachineTools& tools, std::stop_token stop);

}  // namespace app
