#include "envtool/base/strings.h"
#include "envtool/cli/cluster.h"
#include "envtool/cli/command.h"
#include "envtool/cli/print.h"
#include "envtool/cli/whole_lines.h"
#include "envtool/doc/json.h"

namespace cli {
namespace {

struct Options {
  EnvironmentArguments arguments;
  std::string container;
  bool follow = false;
  int tail = -1;
};

std::vector<std::string> podman_arguments(const Options& options, const std::string& pod, const std::string& container) {
  std::vector<std::string> arguments{"pod", "logs", "--names"};
  if (options.follow) arguments.emplace_back("--follow");
  if (options.tail >= 0) arguments.insert(arguments.end(), {"--tail", std::to_string(options.tail)});
  if (!container.empty()) arguments.insert(arguments.end(), {"--container", container});
  arguments.push_back(pod);
  return arguments;
}

/// `jupyterhub-slurm-x-jupyterhub text` as an object.
void print_json_line(const std::string& line) {
  const std::size_t space = line.find(' ');
  const std::string text = space == std::string::npos ? "" : line.substr(space + 1);
  std::string json = doc::emit_json(doc::make_map({{"container", line.substr(0, space)}, {"line", text}}));
  print_line(json);
}

int run_json(Shell& shell, const sys::Command& command) {
  WholeLines lines(print_json_line);
  const sys::Sink sink = [&lines](std::string_view bytes) { lines.add(bytes); };
  return shell.processes.run(command, {{}, sink, sink, std::nullopt}, shell.stop).exit_code;
}

int run(Shell& shell, const Options& options) {
  if (is_for_cluster(options.arguments)) return logs_on_cluster(shell, options.arguments, {options.container, options.follow, options.tail});
  const auto session = open_session(shell, options.arguments);
  const std::string pod = require_pod(*session).name;
  const std::string container = options.container.empty() ? "" : require_container(*session, options.container);
  std::vector<std::string> arguments = podman_arguments(options, pod, container);
  if (shell.globals.output == OutputFormat::json) return run_json(shell, session->podman().command(std::move(arguments)));
  return session->podman().run_foreground(std::move(arguments));
}

}  // namespace

void setup_logs(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("logs", "Show the logs of an environment's containers");
  auto options = std::make_shared<Options>();
  add_environment_options(*command, options->arguments, {Wants::cluster});
  command->add_option("-c,--container", options->container, "Only this container")->type_name("NAME");
  command->add_flag("-f,--follow", options->follow, "Go on as more is written");
  command->add_option("-n,--tail", options->tail, "Only the last lines of each container")->type_name("LINES");
  command->footer("Examples:\n  envtool logs dev_dummyauth -f\n  envtool logs dev_dummyauth --container slurm --tail 50");
  command->callback([&action, options] { action = [options](Shell& shell) { return run(shell, *options); }; });
}

}  // namespace cli
