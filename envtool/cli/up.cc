#include "envtool/cli/cluster.h"
#include "envtool/cli/command.h"
#include "envtool/cli/print.h"
#include "envtool/cli/work.h"

namespace cli {
namespace {

struct Options {
  EnvironmentArguments arguments;
  app::ExecuteOptions execute;
  bool keep_failed = false;
  bool no_rollback = false;
  bool take_over = false;
  std::optional<unsigned> timeout;
  Rehearsal rehearsal;
};

app::OnNotReady on_not_ready(const Options& options) {
  if (options.keep_failed) return app::OnNotReady::keep_pod;
  return options.no_rollback ? app::OnNotReady::remove_pod : app::OnNotReady::roll_back;
}

app::ClusterOptions cluster_options(const Options& options) {
  app::ClusterOptions cluster;
  if (options.take_over) cluster.others = app::ClusterOptions::Others::override;
  if (options.timeout) cluster.patience = std::chrono::seconds(*options.timeout);
  return cluster;
}

int run(Shell& shell, const Options& options) {
  if (is_for_cluster(options.arguments)) {
    return up_on_cluster(shell, options.arguments, {options.execute, cluster_options(options), options.rehearsal});
  }
  const auto session = open_session(shell, options.arguments);
  require_deployment(*session);
  if (options.rehearsal.wanted()) {
    return rehearse_up_to(shell, *session, plan::Scope::up, options.rehearsal, "up", options.arguments);
  }
  app::ExecuteOptions execute = options.execute;
  execute.on_not_ready = on_not_ready(options);
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
  add_environment_options(*command, options->arguments, {Wants::deployment, Wants::cluster});
  add_jobs_option(*command, options->execute);
  command->add_flag("--keep-failed", options->keep_failed, "Keep a pod that doesn't get ready, to look into it");
  command->add_flag("--no-rollback", options->no_rollback, "Leave nothing running in the place of a pod that doesn't get ready")
      ->envname("ENVTOOL_NO_ROLLBACK");
  command->add_option("--timeout", options->timeout, "In a cluster: for how long its pod may take to get ready (default: as the definition's checks say)")
      ->type_name("SECONDS");
  command->add_flag("--take-over", options->take_over, "In a cluster: take fields that another tool applies, too");
  add_rehearsal_options(*command, options->rehearsal);
  command->footer(
      "A pod that doesn't get ready is removed. If it took the place of one that was ready, that one comes back, with the images and\n"
      "settings that it had; volumes are not touched. Exit code: 0, 1 if a step failed, 4 if the pod didn't get ready.\n\n"
      "Examples:\n"
      "  envtool up dev_dummyauth\n"
      "  envtool up dev_dummyauth --set ports.public.host_port=8080\n"
      "  envtool up dev_dummyauth --standins always\n"
      "  envtool up dev_dummyauth --instance a\n"
      "  envtool up dev_dummyauth --print-commands > up.sh\n"
      "  envtool up prod --no-rollback\n"
      "  envtool up dev_dummyauth --target kubernetes --set cluster.registry=registry.example/hub");
  command->callback([&action, options] { action = [options](Shell& shell) { return run(shell, *options); }; });
}

}  // namespace cli
