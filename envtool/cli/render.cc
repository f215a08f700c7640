#include <fmt/format.h>

#include "envtool/cli/command.h"
#include "envtool/cli/print.h"
#include "envtool/cli/work.h"

namespace cli {
namespace {

int run(Shell& shell, EnvironmentArguments arguments) {
  if (!arguments.deploy_directory.empty() && !app::fs::is_directory(arguments.deploy_directory)) {
    throw WrongUsage(base::Error(fmt::format("`{}` is not a directory", arguments.deploy_directory))
                         .hint(fmt::format("mkdir -m 700 {}", arguments.deploy_directory))
                         .diagnostics());
  }
  const auto session = open_session(shell, arguments);
  require_deployment(*session);
  work_up_to(shell, *session, plan::Scope::render);
  const app::DeployDirectory& deploy = session->deploy();
  if (shell.globals.output == OutputFormat::json) {
    print_json(doc::make_map({{"manifest", deploy.manifest_file().string()}, {"deploy_config", deploy.config_file().string()}}));
  } else {
    print_line(deploy.manifest_file().string());
  }
  return kDone;
}

}  // namespace

void setup_render(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("render", "Write the manifest, and the keys and settings that it needs, for plain podman");
  auto arguments = std::make_shared<EnvironmentArguments>();
  add_environment_options(*command, *arguments, {Wants::target});
  command->add_option("-o,-d,--output-dir,--deploy-dir", arguments->deploy_directory, "Folder to write to (default: deploy/ENV in the project)")
      ->type_name("DIR")->envname("ENVTOOL_DEPLOY_DIR");
  command->footer(
      "Examples:\n"
      "  envtool render dev_dummyauth -o /tmp/hub\n"
      "  podman kube play --configmap /tmp/hub/deploy-configmap.yaml /tmp/hub/combined.yaml\n"
      "  envtool render dev_dummyauth -o /tmp/hub --target podman@5.4");
  command->callback([&action, arguments] { action = [arguments](Shell& shell) { return run(shell, *arguments); }; });
}

}  // namespace cli
