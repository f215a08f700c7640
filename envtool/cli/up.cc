#include "envtool/cli/command.h"
#include "envtool/cli/print.h"
#include "envtool/cli/work.h"

namespace cli {
namespace {

struct Options {
  EnvironmentArguments arguments;
  app::ExecuteOptions execute;
  bool keep_failed = false;
  Rehearsal rehearsal;
};

int run(Shell& shell, const Options& options) {
  const auto session = open_session(shell, options.arguments);
  require_deployment(*session);
  if (options.rehearsal.wanted()) {
    return rehearse_up_to(shell, *session, plan::Scope::up, options.rehearsal, "up", options.arguments);
  }
  app::ExecuteOptions execute = options.execute;
  if (options.keep_failed) execute.on_not_ready = app::OnNotReady::keep_pod;
  const plan::Plan plan = work_up_to(shell, *session, plan::Scope::up, execute);
  if (shell.globals.output == OutputFormat::json) {
    print_json(plan_value(plan));
    return kDone;
  }
  for (const std::string& line : session->how_to_go_on()) print_line(line);
  return kDone;
}

}  // namespace

void setup_up(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("up", "Bring an environment up and wait until it is ready");
  auto options = std::make_shared<Options>();
  add_environment_options(*command, options->arguments, {Wants::deployment});
  add_jobs_option(*command, options->execute);
  command->add_flag("--keep-failed", options->keep_failed, "Keep a pod that doesn't get ready, to look into it");
  add_rehearsal_options(*command, options->rehearsal);
  command->footer(
      "Examples:\n"
      "  envtool up dev_dummyauth\n"
      "  envtool up dev_dummyauth --set ports.public.host_port=8080\n"
      "  envtool up dev_dummyauth --standins always\n"
      "  envtool up dev_dummyauth --instance a\n"
      "  envtool up dev_dummyauth --print-commands > up.sh");
  command->callback([&action, options] { action = [options](Shell& shell) { return run(shell, *options); }; });
}

}  // namespace cli
