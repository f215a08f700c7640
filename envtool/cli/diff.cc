#include "envtool/cli/cluster.h"
#include "envtool/cli/command.h"

namespace cli {

void setup_diff(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("diff", "Show field by field how a cluster differs from the definition; exit code 3 if it does");
  auto arguments = std::make_shared<EnvironmentArguments>();
  add_environment_options(*command, *arguments, {Wants::deployment, Wants::cluster});
  command->footer(
      "The API server is asked by a dry run what applying would change, and each field is shown with the place in the definition\n"
      "that says so. What a pod on podman differs in is told by `envtool plan ENV --explain`.\n\n"
      "Examples:\n"
      "  envtool diff dev_dummyauth --target kubernetes\n"
      "  envtool diff dev_dummyauth --context staging --output json | jq -r '.[].object'");
  command->callback([&action, arguments] {
    action = [arguments](Shell& shell) {
      if (!is_for_cluster(*arguments)) throw WrongUsage(base::Error("`diff` compares with a cluster").hint("say which with --target kubernetes or --context NAME").diagnostics());
      return diff_on_cluster(shell, *arguments);
    };
  });
}

}  // namespace cli
