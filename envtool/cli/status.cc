#include "envtool/app/status.h"

#include "envtool/cli/command.h"
#include "envtool/cli/print.h"

namespace cli {
namespace {

int run(Shell& shell, const EnvironmentArguments& arguments) {
  const auto session = open_session(shell, arguments);
  const app::EnvironmentStatus status = app::probe_status(*session, shell.stop);
  if (shell.globals.output == OutputFormat::json) {
    print_json(app::to_value(status));
  } else {
    std::string text = status_text(status);
    text.pop_back();
    print_line(text);
  }
  return kDone;
}

}  // namespace

void setup_status(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("status", "Show what runs, whether it is ready, and how it differs from its definition");
  auto arguments = std::make_shared<EnvironmentArguments>();
  add_environment_options(*command, *arguments, {Wants::deployment});
  command->footer("Examples:\n  envtool status dev_dummyauth\n  envtool status dev_dummyauth --output json | jq .ready");
  command->callback([&action, arguments] { action = [arguments](Shell& shell) { return run(shell, *arguments); }; });
}

}  // namespace cli
