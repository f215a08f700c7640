// The keys of a pod that got new secrets while it ran: podman's labels keep saying what it was made with.
// Remembered to save time only: without it, the next `up` makes the pod anew.
#pragma once

#include <map>
#include <string>

#include "envtool/app/project.h"
#include "envtool/plan/facts.h"

namespace app {

struct RunningKeys {
  std::string pod_id;
  plan::Key pod;
  std::map<std::string, plan::Key> volumes;  ///< by name in podman
};

void remember_running_keys(const Project& project, const std::string& env, const RunningKeys& keys);

/// Puts what was noted about this very pod in the place of what its labels say.
void apply_running_keys(const Project& project, const std::string& env, const std::string& pod_id, plan::Facts& facts);

}  // namespace app
