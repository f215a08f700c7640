// What runs of a project: its environments and their instances, from one question to podman.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "envtool/app/project.h"
#include "envtool/doc/value.h"
#include "envtool/podman/podman.h"

namespace app {

/// A pod of one of the project's environments.
struct RunningInstance {
  std::string environment;
  std::string instance;  ///< empty: the environment by itself
  std::string pod;
  std::string state;                   ///< `Running`, `Degraded`, `Exited` or `Created`
  std::vector<std::string> addresses;  ///< `127.0.0.1:8000`
  std::int64_t since = 0;              ///< when the first of its containers was started, in seconds since 1970; 0: none was
};

/// The pods among `containers` that belong to `environments`, by environment and instance. `monitored` are the ids of containers
/// that do run (see podman/monitor.h).
std::vector<RunningInstance> running_instances(const std::vector<podman::ListedContainer>& containers,
                                               const std::vector<std::string>& environments, const std::set<std::string>& monitored);

/// The same, asked of podman.
std::vector<RunningInstance> running_instances(const Project& project, const podman::Podman& podman);

/// `2026-11-21T17:08:08Z`; empty for 0.
std::string time_text(std::int64_t seconds);

doc::Value to_value(const std::vector<RunningInstance>& instances);

}  // namespace app
