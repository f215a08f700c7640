#include "envtool/app/status.h"

#include <algorithm>

#include "envtool/app/ready.h"
#include "envtool/podman/monitor.h"

namespace app {
namespace {

std::vector<CheckStatus> ask_all(Session& session, std::stop_token stop) {
  base::Sources sources;
  base::Diagnostics ignored;
  const auto deploy = session.deploy().read_config(session.env(), sources, ignored).value_or(model::DeployValues{});
  http::CurlClient http;
  std::vector<CheckStatus> checks;
  for (const model::ReadyCheck& check : session.env().ready) {
    const Probe probe = make_probe(session.environment(), check, deploy, session.deploy().folder());
    const ProbeAnswer answer = ask(probe, session.podman(), http, stop);
    checks.push_back({check.name, answer.ready, answer.seen});
  }
  return checks;
}

std::vector<plan::Step> differences(const Session& session, const plan::Facts& facts) {
  std::vector<plan::Step> found;
  for (plan::Step& step : session.make_plan(facts, plan::Scope::up).steps) {
    if (step.action != plan::Action::nothing && step.action != plan::Action::wait) found.push_back(std::move(step));
  }
  return found;
}

}  // namespace

bool EnvironmentStatus::ready() const {
  return state == "Running" && std::all_of(checks.begin(), checks.end(), [](const CheckStatus& check) { return check.ready; });
}

EnvironmentStatus probe_status(Session& session, std::stop_token stop) {
  EnvironmentStatus status;
  status.environment = session.env().name;
  status.instance = session.env().instance;
  status.pod = session.env().pod;
  status.state = "absent";
  if (const auto found = session.podman().find_pod(status.pod)) {
    const podman::Pod pod = podman::as_seen(*found, podman::monitored_containers());
    status.state = pod.state;
    for (const podman::Container& container : pod.containers) status.containers.push_back({container.name, container.state});
    if (pod.state == "Running") status.checks = ask_all(session, stop);
  }
  status.differences = differences(session, session.gather(Session::Outside::remember, stop));
  return status;
}

doc::Value to_value(const plan::Step& step) {
  return doc::make_map({{"step", step.id},
                        {"action", to_string(step.action)},
                        {"reason", step.reason},
                        {"policy", step.policy == plan::Policy::converge ? "converge" : "create_once"},
                        {"key", step.key ? doc::Value(*step.key) : doc::Value()}});
}

doc::Value to_value(const EnvironmentStatus& status) {
  doc::Value containers{doc::List()};
  for (const ContainerStatus& container : status.containers) {
    containers.push_back(doc::make_map({{"name", container.name}, {"state", container.state}}));
  }
  doc::Value checks{doc::List()};
  for (const CheckStatus& check : status.checks) {
    checks.push_back(doc::make_map({{"name", check.name}, {"ready", check.ready}, {"seen", check.seen}}));
  }
  doc::Value differences{doc::List()};
  for (const plan::Step& step : status.differences) differences.push_back(to_value(step));
  return doc::make_map({{"environment", status.environment},
                        {"instance", status.instance},
                        {"pod", status.pod},
                        {"state", status.state},
                        {"ready", status.ready()},
                        {"containers", containers},
                        {"checks", checks},
                        {"differences", differences}});
}

}  // namespace app
