#include "envtool/plan/plan.h"

#include "envtool/cli/command.h"
#include "envtool/cli/print.h"

namespace cli {
namespace {

struct Options {
  EnvironmentArguments arguments;
  bool exit_code = false;
};

int run(Shell& shell, const Options& options) {
  const auto session = open_session(shell, options.arguments);
  require_deployment(*session);
  const plan::Facts facts = session->gather(app::Session::Outside::ask, shell.stop);
  require_target(*session, facts);
  const plan::Plan plan = session->make_plan(facts, plan::Scope::up);
  if (shell.globals.output == OutputFormat::json) {
    print_json(plan_value(plan));
  } else {
    std::string text = plan_text(plan);
    text.pop_back();
    print_line(text);
  }
  return options.exit_code && plan.changes() ? kDifferences : kDone;
}

}  // namespace

void setup_plan(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("plan", "Show what `up` would do, and why");
  auto options = std::make_shared<Options>();
  add_environment_options(*command, options->arguments, {Wants::deployment, Wants::standins, Wants::target});
  command->add_flag("--exit-code", options->exit_code, "Exit with 3 if there is anything to do");
  command->footer("Examples:\n  envtool plan dev_dummyauth\n  envtool plan dev_dummyauth --output json | jq '.steps[].step'");
  command->callback([&action, options] { action = [options](Shell& shell) { return run(shell, *options); }; });
}

}  // namespace cli
