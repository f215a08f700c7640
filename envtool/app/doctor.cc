#include "envtool/app/doctor.h"

#include <fmt/format.h>

#include "envtool/app/slurm_host.h"
#include "envtool/base/strings.h"

namespace app {
namespace {

/// Each problem of the deploy ConfigMap and of the files beside it is a line of its own.
std::vector<Finding> examine_deployment(Session& session) {
  constexpr const char* kName = "deployment";
  const fs::path file = session.deploy().config_file();
  const base::Diagnostics problems = session.check_deployment();
  if (problems.all().empty()) {
    return {fs::exists(file) ? good(kName, file.string()) : skipped(kName, fmt::format("`{}` is not there yet; `up` writes it", file.string()))};
  }
  std::vector<Finding> findings;
  for (const base::Diagnostic& problem : problems.all()) {
    const std::string place = to_string(problem.span);
    findings.push_back({kName, problem.severity == base::Severity::error ? Verdict::fail : Verdict::warn,
                        place.empty() ? problem.message : fmt::format("{}: {}", place, problem.message), base::join(problem.hints, "; ")});
  }
  return findings;
}

/// Whether a pod of this name publishes the environment's ports, or podman at least knows it to run.
Hub state_of_hub(Session& session, const MachineFacts& machine) {
  if (!machine.podman) return Hub::is_down;
  try {
    const auto pod = session.podman().find_pod(session.env().pod);
    return pod && pod->state == "Running" ? Hub::runs : Hub::is_down;
  } catch (const base::Error&) {
    return Hub::is_down;
  }
}

}  // namespace

std::vector<Finding> examine_machine(const Project& project, const MachineTools& tools, std::stop_token stop) {
  return judge_machine(probe_machine(project, nullptr, tools, std::move(stop)));
}

std::vector<Finding> examine_environment(Session& session, const MachineTools& tools, std::stop_token stop) {
  const MachineFacts machine = probe_machine(session.environment().project, &session.environment(), tools, std::move(stop));
  std::vector<Finding> findings = judge_machine(machine);
  const auto append = [&findings](std::vector<Finding> more) {
    findings.insert(findings.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  };
  append(examine_deployment(session));
  if (const auto host = slurm_host_of(session.env(), session.deploy(), session.deploy_values())) {
    append(judge_slurm_host(*host, probe_slurm_host(*host), state_of_hub(session, machine)));
  }
  return findings;
}

}  // namespace app
