// What runs, and whether it is what the definition says. Asks podman; changes nothing.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "envtool/app/session.h"
#include "envtool/doc/value.h"

namespace app {

struct ContainerStatus {
  std::string name;
  std::string state;
};

struct CheckStatus {
  std::string name;
  bool ready = false;
  std::string seen;
};

struct EnvironmentStatus {
  std::string environment;
  std::string instance;  ///< empty: the environment by itself
  std::string pod;
  std::string state;  ///< `absent`, `Running`, `Exited`, ...
  std::vector<ContainerStatus> containers;
  std::vector<CheckStatus> checks;       ///< asked only while the pod runs
  std::vector<plan::Step> differences;   ///< steps that `up` would do, and what is stale
  bool ready() const;
};

EnvironmentStatus probe_status(Session& session, std::stop_token stop);

doc::Value to_value(const EnvironmentStatus& status);
doc::Value to_value(const plan::Step& step);

}  // namespace app
