#include <fmt/format.h>

#include "envtool/app/project.h"
#include "envtool/cli/command.h"
#include "envtool/cli/print.h"
#include "envtool/doc/value.h"

namespace cli {
namespace {

struct Options {
  EnvironmentArguments arguments;
  std::vector<std::string> names;
};

/// Everything that is wrong with one environment, its deployment counted in if it has one.
base::Diagnostics check_one(Shell& shell, EnvironmentArguments arguments, const std::string& name) {
  arguments.name = name;
  base::Diagnostics problems;
  try {
    app::Session session(session_options(shell, arguments), shell.processes, shell.http);
    const bool asked = !arguments.deploy_directory.empty();
    const bool there = app::fs::exists(session.deploy().folder());
    if (asked && !there) {
      problems.error(fmt::format("there is no directory `{}`", arguments.deploy_directory)).hints.push_back(
          fmt::format("make it with `envtool config init {} --deploy-dir {}`", name, arguments.deploy_directory));
    }
    problems.add(there ? check_all(session) : session.check_project_files());
  } catch (const base::Error& error) {
    problems.add(error);
  }
  return problems;
}

int run(Shell& shell, Options& options) {
  if (options.names.empty()) {
    options.names = as_usage([&] { return app::list_environments(app::find_project(shell.globals.project, app::fs::current_path())); });
  }
  bool good = true;
  doc::Value report{doc::List()};
  for (const std::string& name : options.names) {
    const base::Diagnostics problems = check_one(shell, options.arguments, name);
    good = good && !problems.has_errors();
    print_diagnostics(problems.all());
    report.push_back(verdict_value({{"environment", name}}, problems));
    if (shell.globals.output == OutputFormat::text) print_line(verdict_line(name, problems));
  }
  if (shell.globals.output == OutputFormat::json) print_json(report);
  return good ? kDone : kWrongUsage;
}

}  // namespace

void setup_check(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("check", "Check definitions and deploy ConfigMaps; reports every problem at once");
  auto options = std::make_shared<Options>();
  add_environment_options(*command, options->arguments, {Wants::deployment});
  command->remove_option(command->get_option("ENV"));
  command->add_option("ENV", options->names, "Names of environments (default: all)");
  command->footer("Examples:\n  envtool check\n  envtool check prod --deploy-dir /srv/hub");
  command->callback([&action, options] { action = [options](Shell& shell) { return run(shell, *options); }; });
}

}  // namespace cli
