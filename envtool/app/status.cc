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
    const podman::Pod pod = podman::as_seen(*found);
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
  const auto container_value = [](const ContainerStatus& container) {
    return doc::make_map({{"name", container.name}, {"state", container.state}});
  };
  const auto check_value = [](const CheckStatus& check) {
    return doc::make_map({{"name", check.name}, {"ready", check.ready}, {"seen", check.seen}});
  };
  const auto step_value = [](const plan::Step& step) { return to_value(step); };
  return doc::make_map({{"environment", status.environment},
                        {"instance", status.instance},
                        {"pod", status.pod},
                        {"state", status.state},
                        {"ready", status.ready()},
                        {"containers", doc::make_list(status.containers, container_value)},
                        {"checks", doc::make_list(status.checks, check_value)},
                        {"differences", doc::make_list(status.differences, step_value)}});
}

}  // namespace app
