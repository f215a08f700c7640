#include "envtool/cli/command.h"
#include "envtool/cli/print.h"
#include "envtool/cli/work.h"

namespace cli {
namespace {

int run(Shell& shell, const EnvironmentArguments& arguments) {
  const auto session = open_session(shell, arguments);
  const plan::Plan plan = work_up_to(shell, *session, plan::Scope::build);
  if (shell.globals.output == OutputFormat::json) print_json(plan_value(plan));
  return kDone;
}

}  // namespace

void setup_build(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("build", "Clone repositories, build images and fill volumes, as far as they differ");
  auto arguments = std::make_shared<EnvironmentArguments>();
  add_environment_options(*command, *arguments, {Wants::deployment, Wants::standins});
  command->footer("Examples:\n  envtool build dev_dummyauth\n  envtool build dev_dummyauth --repo bricsauthenticator=/src/bricsauthenticator#main");
  command->callback([&action, arguments] { action = [arguments](Shell& shell) { return run(shell, *arguments); }; });
}

}  // namespace cli
