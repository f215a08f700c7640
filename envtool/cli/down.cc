#include "envtool/cli/cluster.h"
#include "envtool/cli/command.h"
#include "envtool/cli/print.h"
#include "envtool/cli/work.h"

namespace cli {
namespace {

struct Options {
  EnvironmentArguments arguments;
  bool volumes = false;
  bool all = false;
  Rehearsal rehearsal;
};

int run(Shell& shell, const Options& options) {
  if (is_for_cluster(options.arguments)) {
    const auto what = options.all ? app::ClusterRemoval::all : options.volumes ? app::ClusterRemoval::volumes : app::ClusterRemoval::workload;
    return down_on_cluster(shell, options.arguments, what, options.rehearsal);
  }
  const auto session = open_session(shell, options.arguments);
  const sys::FileLock lock = lock_environment(*session);
  plan::Facts facts;
  app::add_podman_facts(session->environment(), session->podman(), facts);
  // Images are the environment's, and other instances may run from them.
  const bool is_instance = !session->env().instance.empty();
  const auto what = options.all && !is_instance ? plan::Remove::all : options.all || options.volumes ? plan::Remove::volumes : plan::Remove::pod;
  app::add_teardown_facts(session->podman(), what, facts);
  const plan::Plan plan = plan::make_teardown(session->env(), facts, what);
  if (options.rehearsal.wanted()) return rehearse(shell, *session, options.rehearsal, {plan, facts, "down", options.arguments});
  if (shell.globals.output == OutputFormat::json) print_json(plan_value(plan));
  carry_out(shell, *session, plan, facts);
  if (what != plan::Remove::pod) session->forget_ports();
  return kDone;
}

}  // namespace

void setup_down(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("down", "Take an environment down; its data stays unless said otherwise");
  auto options = std::make_shared<Options>();
  add_environment_options(*command, options->arguments, {Wants::deployment, Wants::cluster});
  command->add_flag("--volumes", options->volumes, "Remove its volumes, too: the hub's database and Slurm's state are lost");
  command->add_flag("--all", options->all, "Remove its volumes and images, too; the deploy directory and the clones stay, and an instance leaves the images");
  add_rehearsal_options(*command, options->rehearsal);
  command->footer("Examples:\n  envtool down dev_dummyauth\n  envtool down dev_dummyauth --instance a --volumes\n  envtool down dev_dummyauth --volumes --dry-run");
  command->callback([&action, options] { action = [options](Shell& shell) { return run(shell, *options); }; });
}

}  // namespace cli
