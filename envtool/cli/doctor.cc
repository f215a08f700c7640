#include "envtool/app/doctor.h"

#include <fmt/format.h>

#include <algorithm>

#include "envtool/cli/command.h"
#include "envtool/cli/print.h"

namespace cli {
namespace {

std::string findings_text(const std::vector<app::Finding>& findings) {
  std::size_t width = 0;
  for (const app::Finding& finding : findings) width = std::max(width, finding.check.size());
  std::string text;
  for (const app::Finding& finding : findings) {
    text += fmt::format("{:<7}  {:<{}}  {}\n", to_string(finding.verdict), finding.check, width, finding.evidence);
    if (!finding.fix.empty()) text += fmt::format("{:<7}  {:<{}}  fix: {}\n", "", "", width, finding.fix);
  }
  return text;
}

std::vector<app::Finding> examine(Shell& shell, const EnvironmentArguments& arguments) {
  const app::MachineTools tools{shell.processes, shell.http, shell.globals.podman_account};
  if (!arguments.name.empty()) return app::examine_environment(*open_session(shell, arguments), tools, shell.stop);
  const app::Project project = as_usage([&] { return app::find_project(shell.globals.project, app::fs::current_path()); });
  return app::examine_machine(project, tools, shell.stop);
}

int run(Shell& shell, const EnvironmentArguments& arguments) {
  const std::vector<app::Finding> findings = examine(shell, arguments);
  if (shell.globals.output == OutputFormat::json) {
    print_json(app::to_value(findings));
  } else {
    print_text(findings_text(findings));
  }
  return app::has_failure(findings) ? kStepFailed : kDone;
}

}  // namespace

void setup_doctor(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("doctor", "Look for what keeps environments from working here, and say how to mend it");
  auto arguments = std::make_shared<EnvironmentArguments>();
  add_environment_options(*command, *arguments, {Wants::deployment});
  command->get_option("ENV")->required(false)->description("Name of an environment: its ports, its deployment and its Slurm host count, too");
  command->footer(
      "Each line says what was looked at, ok, warn, fail or skipped, and what was seen. Nothing is started or changed.\n"
      "Exit code: 0, or 1 if something failed.\n\n"
      "Examples:\n  envtool doctor\n  envtool doctor prod --deploy-dir /srv/hub\n"
      "  envtool doctor prod --output json | jq '.findings[] | select(.verdict == \"fail\")'");
  command->callback([&action, arguments] { action = [arguments](Shell& shell) { return run(shell, *arguments); }; });
}

}  // namespace cli
