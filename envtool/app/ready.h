// Waits until a pod does its work, looking from this machine.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "envtool/app/environment.h"
#include "envtool/http/client.h"
#include "envtool/model/env.h"
#include "envtool/podman/podman.h"

namespace app {

struct World;

/// One readiness check, ready to be asked.
struct Probe {
  std::string name;
  std::string description;
  std::string url;                    ///< of an HTTP check; else empty
  std::string container;              ///< full name of the container that is asked or that serves the port
  std::vector<std::string> command;   ///< of a command check
  std::string expect;
  std::chrono::seconds timeout{120};
};

/// What one question brought: ready, or what was seen instead.
struct ProbeAnswer {
  bool ready = false;
  std::string seen;
};

/// The probe of a check, its templates filled in.
Probe make_probe(const Environment& environment, const model::ReadyCheck& check, const model::DeployValues& deploy,
                 const fs::path& deploy_directory);

/// Notes what a container of this full name, which has to be there, said last, unless that is noted already or it said nothing.
void tell_last_lines(base::Diagnostic& problem, const std::string& container, const podman::Podman& podman);

ProbeAnswer ask(const Probe& probe, const podman::Podman& podman, http::Client& http, std::stop_token stop);

/// Asks until the answer is yes. Throws NotReady (see execute.h) with the last answer and the container's last log lines when
/// time is up or the container has ended. `on_change` is told of every new answer.
void wait_until_ready(const Probe& probe, const World& world, const std::function<void(const std::string&)>& on_change,
                      std::stop_token stop);

}  // namespace app
