#include <fmt/format.h>

#include "envtool/cli/command.h"
#include "envtool/cli/print.h"
#include "envtool/cli/work.h"
#include "envtool/plan/reset.h"
#include "envtool/sys/file.h"

namespace cli {
namespace {

struct Options {
  EnvironmentArguments arguments;
  std::string volume;
  std::string file;
  bool restart = false;
  Rehearsal rehearsal;
};

std::string_view state_of(const plan::Step& step) {
  switch (step.action) {
    case plan::Action::create: return "absent";
    case plan::Action::stale: return "stale";
    default: return "present";
  }
}

int list(Shell& shell, const Options& options) {
  const auto session = open_session(shell, options.arguments);
  const plan::Facts facts = session->gather(app::Session::Outside::remember, shell.stop);
  std::vector<std::vector<std::string>> rows;
  doc::Value volumes{doc::List()};
  for (const plan::Step& step : session->make_plan(facts, plan::Scope::build).steps) {
    const auto* seed = std::get_if<plan::SeedVolume>(&step.payload);
    if (seed == nullptr) continue;
    const std::string state(state_of(step));
    rows.push_back({seed->volume.name, seed->volume.object, state, step.reason});
    volumes.push_back(doc::make_map({{"name", seed->volume.name}, {"object", seed->volume.object}, {"state", state}, {"reason", step.reason}}));
  }
  shell.globals.output == OutputFormat::json ? print_json(volumes) : print_text(table(rows));
  return kDone;
}

std::string require_present(app::Session& session, const Options& options) {
  const model::Volume& volume = as_usage([&]() -> const model::Volume& { return plan::require_volume(session.env(), options.volume); });
  for (const podman::Volume& found : session.podman().volumes()) {
    if (found.name == volume.object) return volume.object;
  }
  throw base::Error(fmt::format("podman has no volume `{}` yet", volume.object)).hint(fmt::format("envtool up {}", session.env().words()));
}

int export_volume(Shell& shell, const Options& options) {
  if (options.file.empty()) require_no_terminal("name a file with --to, or send it into a pipe");
  const auto session = open_session(shell, options.arguments);
  const std::string object = require_present(*session, options);
  const sys::Feed feed = [&](const sys::Sink& sink) { session->podman().export_volume(object, sink, shell.stop); };
  if (options.file.empty()) {
    print_tar(feed);
    return kDone;
  }
  sys::write_file(options.file, feed, sys::Access::secret);
  if (shell.globals.output == OutputFormat::json) {
    print_json(doc::make_map({{"volume", object}, {"file", options.file}, {"bytes", static_cast<std::int64_t>(app::fs::file_size(options.file))}}));
  } else {
    print_line(options.file);
  }
  return kDone;
}

/// The steps of the reset, and with --restart those of the `up` that follows it.
plan::Plan whole_plan(const app::Session& session, plan::Facts facts, plan::Plan reset, const std::string& object) {
  facts.pod = plan::PodState::absent;
  facts.pod_key.reset();
  facts.volumes[object] = {true, reset.steps.back().key};
  const std::size_t offset = reset.steps.size();
  for (plan::Step step : session.make_plan(facts, plan::Scope::up).steps) {
    for (std::size_t& need : step.needs) need += offset;
    reset.steps.push_back(std::move(step));
  }
  return reset;
}

int reset(Shell& shell, const Options& options) {
  const auto session = open_session(shell, options.arguments);
  const std::string object = as_usage([&] { return plan::require_volume(session->env(), options.volume).object; });
  const sys::FileLock lock = lock_environment(*session);
  const plan::Facts facts = session->gather(app::Session::Outside::remember, shell.stop);
  const plan::Plan plan = plan::make_volume_reset(session->env(), facts, options.volume);
  const bool runs = facts.pod == plan::PodState::running;
  if (options.rehearsal.wanted()) {
    const plan::Plan shown = runs && options.restart ? whole_plan(*session, facts, plan, object) : plan;
    return rehearse(shell, *session, options.rehearsal, {shown, facts, "volume reset", options.arguments});
  }
  if (runs && !options.restart) {
    throw base::Error(fmt::format("environment `{}` is up and uses volume `{}`", session->env().id(), options.volume))
        .hint(fmt::format("take it down first with `envtool down {}`, or restart it around the reset with --restart", session->env().words()));
  }
  carry_out(shell, *session, plan, facts);
  if (runs) go_up_to(shell, *session, plan::Scope::up);
  if (shell.globals.output == OutputFormat::json) print_json(plan_value(plan));
  return kDone;
}

void add_list(CLI::App& volume, Action& action) {
  CLI::App* command = volume.add_subcommand("list", "List the volumes of an environment");
  auto options = std::make_shared<Options>();
  add_environment_options(*command, options->arguments, {Wants::deployment});
  command->footer("Examples:\n  envtool volume list dev_dummyauth\n  envtool volume list dev_dummyauth --output json | jq '.[].object'");
  command->callback([&action, options] { action = [options](Shell& shell) { return list(shell, *options); }; });
}

void add_export(CLI::App& volume, Action& action) {
  CLI::App* command = volume.add_subcommand("export", "Write what a volume holds as a tar stream to stdout or a file");
  auto options = std::make_shared<Options>();
  add_environment_options(*command, options->arguments, {});
  command->add_option("VOLUME", options->volume, "The volume, as the definition calls it")->required();
  command->add_option("--to", options->file, "File to write to (default: stdout)")->type_name("FILE");
  command->footer(
      "Examples:\n"
      "  envtool volume export dev_dummyauth jupyterhub_root --to backup.tar\n"
      "  envtool volume export dev_dummyauth slurm_root | tar --list --verbose");
  command->callback([&action, options] { action = [options](Shell& shell) { return export_volume(shell, *options); }; });
}

void add_reset(CLI::App& volume, Action& action) {
  CLI::App* command = volume.add_subcommand("reset", "Give a volume back what it held at first; what it holds now is lost");
  auto options = std::make_shared<Options>();
  add_environment_options(*command, options->arguments, {Wants::deployment});
  command->add_option("VOLUME", options->volume, "The volume, as the definition calls it")->required();
  command->add_flag("--restart", options->restart, "If the environment is up, take it down before and up again afterwards");
  add_rehearsal_options(*command, options->rehearsal);
  command->footer(
      "Examples:\n"
      "  envtool volume reset dev_dummyauth slurm_root --dry-run\n"
      "  envtool volume reset dev_dummyauth jupyterhub_root --restart");
  command->callback([&action, options] { action = [options](Shell& shell) { return reset(shell, *options); }; });
}

}  // namespace

void setup_volume(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("volume", "List, export or reset an environment's volumes");
  command->require_subcommand(1);
  add_list(*command, action);
  add_export(*command, action);
  add_reset(*command, action);
}

}  // namespace cli
