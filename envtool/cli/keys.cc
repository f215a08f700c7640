#include "envtool/cli/keys.h"

#include <fmt/format.h>

#include "envtool/app/keys.h"
#include "envtool/base/strings.h"
#include "envtool/cli/print.h"
#include "envtool/cli/work.h"
#include "envtool/plan/rotation.h"

namespace cli {
namespace {

struct Options {
  EnvironmentArguments arguments;
  std::vector<std::string> secrets;
  bool files_only = false;
  Rehearsal rehearsal;
};

int show(Shell& shell, const EnvironmentArguments& arguments) {
  const auto session = open_session(shell, arguments);
  doc::Value values{doc::List()};
  std::vector<std::vector<std::string>> rows;
  for (const app::KeyStatus& key : app::probe_keys(*session, shell.stop)) {
    values.push_back(app::to_value(key));
    rows.push_back({key.secret, key.kind, key.fingerprint.empty() ? "-" : key.fingerprint, base::join(key.containers, ","), key.state, key.file});
  }
  shell.globals.output == OutputFormat::json ? print_json(values) : print_text(table(rows));
  return kDone;
}

/// A running pod that can't get the new files while it runs is made anew.
bool needs_up(const plan::Facts& before, const plan::Plan& rotation) {
  const bool in_place = rotation.steps.size() > 1;
  return !in_place && before.pod == plan::PodState::running;
}

void take_into_use(Shell& shell, app::Session& session, const plan::Facts& before, const plan::Plan& plan) {
  if (needs_up(before, plan)) go_up_to(shell, session, plan::Scope::up);
  session.deploy().forget_former_files();
}

int rotate(Shell& shell, const Options& options) {
  const auto session = open_session(shell, options.arguments);
  const std::vector<model::Secret> secrets = as_usage([&] { return plan::rotatable_secrets(session->env(), options.secrets); });
  require_deployment(*session);
  const sys::FileLock lock = lock_environment(*session);
  const plan::Facts facts = session->gather(app::Session::Outside::remember, shell.stop);
  plan::Plan plan = plan::make_rotation(session->env(), facts, session->environment().objects, secrets);
  if (options.files_only) plan.steps.resize(1);
  if (options.rehearsal.wanted()) {
    std::vector<std::string> afterwards;
    if (!options.files_only && needs_up(facts, plan)) afterwards.emplace_back("up");
    return rehearse(shell, *session, options.rehearsal, {plan, facts, "keys rotate", options.arguments, afterwards});
  }
  app::ExecuteOptions execute;
  execute.on_not_ready = app::OnNotReady::keep_pod;
  carry_out(shell, *session, plan, facts, execute);
  if (!options.files_only) take_into_use(shell, *session, facts, plan);
  if (shell.globals.output == OutputFormat::json) print_json(plan_value(plan));
  return kDone;
}

void add_show(CLI::App& keys, Action& action) {
  CLI::App* command = keys.add_subcommand("show", "Show the keys of an environment, who uses them, and whether the pod has them");
  auto arguments = std::make_shared<EnvironmentArguments>();
  add_environment_options(*command, *arguments, {Wants::deployment});
  command->footer("Examples:\n  envtool keys show dev_dummyauth\n  envtool keys show dev_dummyauth --output json | jq '.[].fingerprint'");
  command->callback([&action, arguments] { action = [arguments](Shell& shell) { return show(shell, *arguments); }; });
}

void add_rotate(CLI::App& keys, Action& action) {
  CLI::App* command = keys.add_subcommand("rotate", "Make new keys and take them into use at both ends; only what uses them restarts");
  auto options = std::make_shared<Options>();
  add_environment_options(*command, options->arguments, {Wants::deployment});
  command->add_option("SECRET", options->secrets, "Secrets to make anew (default: all that envtool can make)");
  command->add_flag("--files-only", options->files_only, "Only make the files; they are taken into use with the next `up`");
  add_rehearsal_options(*command, options->rehearsal);
  command->footer(
      "The old files are kept in the deploy directory, in former-keys/, until the new ones are in use.\n\n"
      "Examples:\n"
      "  envtool keys rotate dev_dummyauth\n"
      "  envtool keys rotate dev_dummyauth ssh-client-key ssh-host-key\n"
      "  envtool keys rotate dev_dummyauth --print-commands");
  command->callback([&action, options] { action = [options](Shell& shell) { return rotate(shell, *options); }; });
}

}  // namespace

void setup_keys(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("keys", "Make, show or rotate an environment's keys, and trust those of a Slurm host");
  command->require_subcommand(1);
  add_keys_make(*command, action);
  add_show(*command, action);
  add_rotate(*command, action);
  add_keys_known_hosts(*command, action);
}

}  // namespace cli
