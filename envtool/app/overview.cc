#include "envtool/app/overview.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "envtool/app/facts.h"
#include "envtool/podman/monitor.h"

namespace app {
namespace {

using Containers = std::vector<podman::ListedContainer>;

std::string label_of(const podman::ListedContainer& container, const char* label) {
  const auto found = container.labels.find(label);
  return found == container.labels.end() ? "" : found->second;
}

std::string state_of(const std::vector<podman::Container>& containers) {
  const auto all = [&](std::string_view state) { return std::ranges::all_of(containers, [&](const auto& one) { return one.state == state; }); };
  const bool any = std::ranges::any_of(containers, [](const auto& one) { return one.state == "running"; });
  if (any) return all("running") ? "Running" : "Degraded";
  return all("created") ? "Created" : "Exited";
}

RunningInstance summary(const Containers& containers, const std::set<std::string>& monitored) {
  const podman::ListedContainer& first = containers.front();
  podman::Pod pod{"", first.pod, "", {}, {}};
  RunningInstance instance{label_of(first, kEnvironmentLabel), label_of(first, kInstanceLabel), first.pod, "", {}, 0};
  std::set<std::string> addresses;
  for (const podman::ListedContainer& one : containers) {
    pod.containers.push_back(one.container);
    addresses.insert(one.addresses.begin(), one.addresses.end());
    if (one.started_at > 0) instance.since = instance.since == 0 ? one.started_at : std::min(instance.since, one.started_at);
  }
  instance.state = state_of(podman::as_seen(pod, monitored).containers);
  instance.addresses.assign(addresses.begin(), addresses.end());
  return instance;
}

}  // namespace

std::vector<RunningInstance> running_instances(const Containers& containers, const std::vector<std::string>& environments,
                                               const std::set<std::string>& monitored) {
  std::map<std::string, Containers> pods;
  for (const podman::ListedContainer& container : containers) {
    if (std::ranges::count(environments, label_of(container, kEnvironmentLabel)) > 0) pods[container.pod].push_back(container);
  }
  std::vector<RunningInstance> instances;
  for (const auto& [name, members] : pods) instances.push_back(summary(members, monitored));
  std::ranges::sort(instances, {}, [](const RunningInstance& one) { return std::pair(one.environment, one.instance); });
  return instances;
}

std::vector<RunningInstance> running_instances(const Project& project, const podman::Podman& podman) {
  return running_instances(podman.containers_with(kEnvironmentLabel), list_environments(project), podman::monitored_containers());
}

std::string time_text(std::int64_t seconds) {
  return seconds == 0 ? "" : fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

doc::Value to_value(const std::vector<RunningInstance>& instances) {
  doc::Value list{doc::List()};
  for (const RunningInstance& one : instances) {
    list.push_back(doc::make_map({{"environment", one.environment},
                                  {"instance", one.instance},
                                  {"pod", one.pod},
                                  {"state", one.state},
                                  {"addresses", doc::make_list(one.addresses)},
                                  {"since", time_text(one.since)}}));
  }
  return list;
}

}  // namespace app
