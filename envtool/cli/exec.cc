#include <unistd.h>

#include "envtool/cli/cluster.h"
#include "envtool/cli/command.h"
#include "envtool/cli/print.h"

namespace cli {
namespace {

struct Options {
  EnvironmentArguments arguments;
  std::string container;
  std::vector<std::string> command;
};

int run(Shell& shell, const Options& options) {
  if (is_for_cluster(options.arguments)) return exec_on_cluster(shell, options.arguments, options.container, options.command);
  const auto session = open_session(shell, options.arguments);
  const std::string container = require_container(*session, options.container);
  if (shell.globals.output == OutputFormat::json) {
    const sys::Result result = session->podman().exec(container, options.command, shell.stop);
    print_json(doc::make_map({{"exit_code", result.exit_code}, {"stdout", result.out}, {"stderr", result.err}}));
    return result.exit_code;
  }
  std::vector<std::string> arguments{"exec", "--interactive"};
  if (isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0) arguments.emplace_back("--tty");
  arguments.push_back(container);
  arguments.insert(arguments.end(), options.command.begin(), options.command.end());
  return session->podman().run_foreground(std::move(arguments));
}

}  // namespace

void setup_exec(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("exec", "Run a command in one of an environment's containers");
  auto options = std::make_shared<Options>();
  add_environment_options(*command, options->arguments, {Wants::cluster});
  command->add_option("CONTAINER", options->container, "Name of the container in the pod")->required();
  command->prefix_command()->fallthrough(false);  // what follows is the command's own
  command->footer("The words after CONTAINER are the command and its arguments.\n\n"
      "Examples:\n  envtool exec dev_dummyauth slurm squeue --all\n  envtool exec dev_dummyauth jupyterhub ls -l /srv/jupyterhub");
  command->callback([&action, options, command] {
    options->command = command->remaining();
    if (options->command.empty()) throw CLI::RequiredError("COMMAND");
    action = [options](Shell& shell) { return run(shell, *options); };
  });
}

}  // namespace cli
