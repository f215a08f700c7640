#include <fmt/format.h>

#include "envtool/base/strings.h"
#include "envtool/cli/command.h"
#include "envtool/cli/print.h"

namespace cli {
namespace {

int init(Shell& shell, const EnvironmentArguments& arguments) {
  const auto session = open_session(shell, arguments);
  const app::DeployDirectory& deploy = session->deploy();
  deploy.ensure();
  if (!deploy.make_config(session->env())) {
    throw base::Error(fmt::format("`{}` exists already", deploy.config_file().string())).hint("envtool never overwrites it: move it away for a new one");
  }
  const std::vector<std::string> to_fill = model::deploy_keys_to_fill(session->env());
  if (shell.globals.output == OutputFormat::json) {
    doc::Value names{doc::List()};
    for (const std::string& name : to_fill) names.push_back(name);
    print_json(doc::make_map({{"file", deploy.config_file().string()}, {"to_fill", names}}));
    return kDone;
  }
  print_line(deploy.config_file().string());
  if (!to_fill.empty()) print_line("Fill in " + base::quoted_list(to_fill) + ".");
  return kDone;
}

}  // namespace

void setup_config(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("config", "Make deploy ConfigMaps");
  command->require_subcommand(1);
  CLI::App* init_command = command->add_subcommand("init", "Write a commented deploy ConfigMap with defaults and random passwords");
  auto arguments = std::make_shared<EnvironmentArguments>();
  add_environment_options(*init_command, *arguments, {Wants::deployment});
  init_command->footer("Examples:\n  envtool config init dev_dummyauth\n  envtool config init prod --deploy-dir /srv/hub");
  init_command->callback([&action, arguments] { action = [arguments](Shell& shell) { return init(shell, *arguments); }; });
}

}  // namespace cli
