#include <fmt/format.h>

#include "envtool/app/requests.h"
#include "envtool/archive/tar.h"
#include "envtool/cli/command.h"
#include "envtool/cli/print.h"
#include "envtool/cli/work.h"

namespace cli {
namespace {

struct Options {
  EnvironmentArguments arguments;
  std::string step;
  bool tar = false;
  bool key = false;
};

/// The plan of `up`, and what a rotation of keys ends with.
plan::Plan all_steps(const app::Session& session, const plan::Facts& facts) {
  plan::Plan plan = session.make_plan(facts, plan::Scope::up);
  plan.steps.push_back({"running keys", plan::RememberKeys{}, {}, plan::Policy::converge, {}, plan::Action::update, "it was asked for"});
  return plan;
}

int write_tar(const app::Session& session, const plan::Facts& facts, const plan::Step& step) {
  require_no_terminal("send it into a pipe or a file");
  const std::vector<archive::Layer> layers = app::layers_of(session.environment(), session.deploy(), facts, step);
  print_tar([&](const sys::Sink& sink) { archive::write_tar(layers, {}, sink); });
  return kDone;
}

/// The step by itself: what it needs must have been done. Waiting and writing the manifest do no harm when done again.
plan::Plan alone(plan::Step step) {
  step.needs.clear();
  if (std::holds_alternative<plan::WriteManifest>(step.payload)) step.action = plan::Action::update;
  if (std::holds_alternative<plan::WaitReady>(step.payload)) step.action = plan::Action::wait;
  plan::Plan plan;
  plan.steps.push_back(std::move(step));
  return plan;
}

int run(Shell& shell, const Options& options) {
  const auto session = open_session(shell, options.arguments);
  const plan::Facts facts = session->gather(app::Session::Outside::ask, shell.stop);
  const plan::Step step = as_usage([&] { return require_step(all_steps(*session, facts), options.step); });
  if (options.tar) return write_tar(*session, facts, step);
  if (options.key) {
    if (!step.key) throw base::Error(fmt::format("the key of step `{}` can't be known yet", step.id)).hint("do the steps that it needs first");
    print_line(*step.key);
    return kDone;
  }
  const sys::FileLock lock = lock_environment(*session);
  session->reserve_ports(facts);
  const plan::Plan plan = alone(require_step(all_steps(*session, facts), options.step));
  app::ExecuteOptions execute;
  execute.on_not_ready = app::OnNotReady::keep_pod;
  carry_out(shell, *session, plan, facts, execute);
  if (shell.globals.output == OutputFormat::json) print_json(plan_value(plan));
  return kDone;
}

}  // namespace

void setup_step(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("step", "Carry out one step of `up` by itself; scripts of --print-commands use it");
  auto options = std::make_shared<Options>();
  add_environment_options(*command, options->arguments, {Wants::deployment});
  command->add_option("STEP", options->step, "The step, as `envtool plan` calls it")->required();
  command->add_flag("--tar", options->tar, "Only write to stdout the tar stream that the step gives to podman");
  command->add_flag("--key", options->key, "Only print the step's key");
  command->footer(
      "Examples:\n"
      "  envtool step dev_dummyauth manifest\n"
      "  envtool step dev_dummyauth 'volume slurm_root' --tar | tar --list --verbose");
  command->callback([&action, options] { action = [options](Shell& shell) { return run(shell, *options); }; });
}

}  // namespace cli
