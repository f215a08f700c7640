#include "envtool/app/status.h"

#include <fmt/format.h>

#include "envtool/app/overview.h"
#include "envtool/base/strings.h"
#include "envtool/cli/cluster.h"
#include "envtool/cli/command.h"
#include "envtool/cli/print.h"

namespace cli {
namespace {

std::string overview_text(const std::vector<app::RunningInstance>& instances) {
  if (instances.empty()) return "Nothing runs.\n";
  std::vector<std::vector<std::string>> rows{{"environment", "instance", "state", "address", "since"}};
  for (const app::RunningInstance& one : instances) {
    rows.push_back({one.environment, one.instance.empty() ? "-" : one.instance, one.state,
                    one.addresses.empty() ? "-" : base::join(one.addresses, " "), one.since == 0 ? "-" : app::time_text(one.since)});
  }
  return table(rows);
}

/// Of all that runs.
int show_overview(Shell& shell) {
  const app::Project project = as_usage([&] { return app::find_project(shell.globals.project, app::fs::current_path()); });
  const podman::Podman podman = app::Session::find_podman(shell.processes, shell.globals.podman_account);
  const std::vector<app::RunningInstance> instances = app::running_instances(project, podman);
  if (shell.globals.output == OutputFormat::json) {
    print_json(doc::make_map({{"project", project.root.string()}, {"running", app::to_value(instances)}}));
  } else {
    print_text(overview_text(instances));
  }
  return kDone;
}

int run(Shell& shell, const EnvironmentArguments& arguments) {
  if (arguments.name.empty()) return show_overview(shell);
  if (is_for_cluster(arguments)) return status_on_cluster(shell, arguments);
  const auto session = open_session(shell, arguments);
  const app::EnvironmentStatus status = app::probe_status(*session, shell.stop);
  if (shell.globals.output == OutputFormat::json) {
    print_json(app::to_value(status));
  } else {
    print_text(status_text(status));
  }
  return kDone;
}

}  // namespace

void setup_status(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("status", "Show what runs, whether it is ready, and how it differs from its definition");
  auto arguments = std::make_shared<EnvironmentArguments>();
  add_environment_options(*command, *arguments, {Wants::deployment, Wants::cluster});
  command->get_option("ENV")->required(false)->description("Name of the environment; without it, all that runs is listed");
  command->footer(
      "Examples:\n  envtool status\n  envtool status dev_dummyauth\n  envtool status dev_dummyauth --instance a\n"
      "  envtool status dev_dummyauth --output json | jq .ready\n  envtool status --output json | jq -r '.running[].addresses[]'");
  command->callback([&action, arguments] { action = [arguments](Shell& shell) { return run(shell, *arguments); }; });
}

}  // namespace cli
