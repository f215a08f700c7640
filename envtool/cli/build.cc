#include "envtool/cli/command.h"
#include "envtool/cli/print.h"
#include "envtool/cli/work.h"

namespace cli {
namespace {

struct Options {
  EnvironmentArguments arguments;
  app::ExecuteOptions execute;
  Rehearsal rehearsal;
};

int run(Shell& shell, const Options& options) {
  const auto session = open_session(shell, options.arguments);
  if (options.rehearsal.wanted()) {
    return rehearse_up_to(shell, *session, plan::Scope::build, options.rehearsal, "build", options.arguments);
  }
  const plan::Plan plan = work_up_to(shell, *session, plan::Scope::build, options.execute);
  if (shell.globals.output == OutputFormat::json) print_json(plan_value(plan));
  return kDone;
}

}  // namespace

void setup_build(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("build", "Clone repositories, build images and fill volumes, as far as they differ");
  auto options = std::make_shared<Options>();
  add_environment_options(*command, options->arguments, {Wants::deployment});
  add_jobs_option(*command, options->execute);
  add_rehearsal_options(*command, options->rehearsal);
  command->footer("Examples:\n  envtool build dev_dummyauth\n  envtool build dev_dummyauth --repo bricsauthenticator=/src/bricsauthenticator#main");
  command->callback([&action, options] { action = [options](Shell& shell) { return run(shell, *options); }; });
}

}  // namespace cli
