#include "envtool/cli/switch.h"

#include <fmt/format.h>

#include <CLI/Option.hpp>
#include <algorithm>
#include <chrono>
#include <future>

#include "envtool/app/requests.h"
#include "envtool/cli/print.h"
#include "envtool/cli/work.h"
#include "envtool/plan/switch.h"
#include "envtool/sys/network.h"

namespace cli {
namespace {

struct Options {
  std::string from;
  EnvironmentArguments arguments;  ///< of the environment that is switched to
  app::ExecuteOptions execute;
  bool keep_data = false;
  bool dry_run = false;
};

using Time = std::chrono::steady_clock;

/// The two environments, one command's view of each.
struct Both {
  app::Session& from;
  app::Session& to;
};

EnvironmentArguments from_arguments(const Options& options) {
  EnvironmentArguments arguments;
  arguments.name = options.from;
  arguments.instance = options.arguments.instance;
  arguments.standins = options.arguments.standins;
  return arguments;
}

plan::Data data_of(const Options& options) { return options.keep_data ? plan::Data::take_along : plan::Data::leave; }

std::string text_of(const std::vector<plan::SwitchStep>& steps, const std::string& from) {
  std::string text;
  for (const plan::Moment moment : {plan::Moment::before, plan::Moment::between}) {
    std::vector<std::vector<std::string>> rows;
    for (const plan::SwitchStep& step : steps) {
      if (step.moment != moment) continue;
      rows.push_back({"  " + std::string(step.action == plan::Action::nothing ? "-" : to_string(step.action)), step.id, step.reason});
    }
    text += moment == plan::Moment::before ? fmt::format("While `{}` runs:\n", from) : "Then:\n";
    text += table(rows);
  }
  return text;
}

doc::Value to_value(const std::vector<plan::SwitchStep>& steps) {
  const auto one = [](const plan::SwitchStep& step) {
    return doc::make_map({{"moment", to_string(step.moment)}, {"step", step.id}, {"action", to_string(step.action)}, {"reason", step.reason}});
  };
  return doc::make_map({{"steps", doc::make_list(steps, one)}});
}

int show(Shell& shell, const Both& both, const Options& options) {
  const plan::Facts from_facts = both.from.gather(app::Session::Outside::remember, shell.stop);
  const plan::Facts facts = both.to.gather(app::Session::Outside::ask, shell.stop);
  require_target(both.to, facts);
  const plan::Plan plan = both.to.make_plan(facts, plan::Scope::up);
  const std::vector<plan::SwitchStep> steps = plan::make_switch({both.from.env(), from_facts, both.to.env(), plan, data_of(options)});
  shell.globals.output == OutputFormat::json ? print_json(to_value(steps)) : print_text(text_of(steps, both.from.env().id()));
  return kDone;
}

/// Files that are there are never replaced.
void take_over(const app::fs::path& from, const app::fs::path& to, const std::string& name, sys::Access access) {
  if (const auto bytes = sys::read_file_if_exists(from / name)) sys::create_file(to / name, *bytes, access);
}

/// Keys that both make themselves are the same from now on, unless the second one has some already.
void take_over_keys(const Both& both) {
  const app::fs::path& from = both.from.deploy().folder();
  const app::fs::path& to = both.to.deploy().folder();
  for (const model::Secret& secret : plan::shared_secrets(both.from.env(), both.to.env())) {
    both.to.deploy().ensure();
    if (const auto* pair = std::get_if<model::KeyPairSecret>(&secret.source)) {
      if (app::fs::exists(to / pair->file) || app::fs::exists(to / (pair->file + ".pub"))) continue;
      take_over(from, to, pair->file, sys::Access::secret);
      take_over(from, to, pair->file + ".pub", sys::Access::shared);
    } else if (const auto* random = std::get_if<model::RandomSecret>(&secret.source)) {
      take_over(from, to, random->file, sys::Access::secret);
    }
  }
}

/// The ports that the first environment's pod has will be free in time; the others have to be free now.
void require_ports(const Both& both, const plan::Facts& from_facts, const plan::Facts& facts) {
  if (facts.pod != plan::PodState::absent) return;
  const auto is_given_up = [&](const model::Port& port) {
    return from_facts.pod == plan::PodState::running &&
           std::ranges::any_of(both.from.env().ports, [&](const model::Port& other) { return other.host_port == port.host_port; });
  };
  const std::vector<model::Port>& ports = both.to.env().ports;
  if (std::ranges::none_of(ports, is_given_up)) return as_usage([&] { both.to.check_ports(facts).throw_if_errors(); });
  for (const model::Port& port : ports) {
    if (is_given_up(port)) continue;
    const std::string why = sys::listen_problem(port.host_ip, port.host_port);
    if (!why.empty()) throw WrongUsage(base::Error(fmt::format("port {} can't be published: {}", port.host_port, why), port.span).diagnostics());
  }
}

/// A copy of what the first one has, through a pipe.
void take_data_along(const Both& both, std::stop_token stop) {
  const podman::Podman& podman = both.to.podman();
  const auto object_of = [](const model::Env& env, const std::string& name) {
    return std::ranges::find_if(env.volumes, [&](const model::Volume& volume) { return volume.name == name; })->object;
  };
  for (const std::string& name : plan::data_volumes(both.from.env(), both.to.env())) {
    const std::string source = object_of(both.from.env(), name);
    podman.import_volume(object_of(both.to.env(), name), [&](const sys::Sink& sink) { podman.export_volume(source, sink, stop); }, stop);
  }
}

/// Starts the first environment's pod again, as it was. Returns what is to be said about it.
std::string bring_back(Shell& shell, app::Session& from, const plan::Facts& facts) {
  const std::string& name = from.env().id();
  try {
    from.podman().start_pod(from.env().pod);
    const plan::Plan plan = from.make_plan(facts, plan::Scope::up);
    if (plan.find("pod")->action != plan::Action::nothing) return fmt::format("`{}` was started again", name);
    app::ExecuteOptions options;
    options.on_not_ready = app::OnNotReady::keep_pod;
    carry_out(shell, from, plan::from_start_on(plan), facts, options);
    return fmt::format("`{}` is back and ready", name);
  } catch (const base::Error& error) {
    return fmt::format("`{}` did not come back: {}", name, error.diagnostics().front().message);
  }
}

std::vector<base::Diagnostic> with_note(std::vector<base::Diagnostic> diagnostics, const std::string& note) {
  diagnostics.back().notes.push_back(note);
  return diagnostics;
}

/// What is left of a pod that could not be started.
void remove_pod(app::Session& session) {
  try {
    session.podman().remove_pod(session.env().pod, app::kStopGrace);
  } catch (const base::Error&) {
    // The next run will try again.
  }
}

/// Ends a pod. Its ports are free when this returns; what is in its containers goes on ending, unless its data is needed. Where that
/// fails, the pod is ended as a whole.
std::future<void> end_pod(app::Session& session, plan::Data data) {
  const podman::Podman& podman = session.podman();
  const std::string& pod = session.env().pod;
  const auto stop = [&podman, pod] { podman.stop_pod(pod, app::kStopGrace); };
  try {
    if (data == plan::Data::leave) {
      podman.free_ports(pod);
      return std::async(std::launch::async, stop);
    }
  } catch (const base::Error&) {
  }
  stop();
  return {};
}

/// From here on nothing runs, until the second environment does, or the first one again.
void swap(Shell& shell, const Both& both, const Options& options, const plan::Facts& from_facts, const plan::Facts& facts) {
  const plan::Plan plan = both.to.make_plan(facts, plan::Scope::up);
  const bool was_up = from_facts.pod == plan::PodState::running;
  try {
    std::future<void> ending;  // waits for the end when it goes out of scope
    if (was_up) ending = end_pod(both.from, data_of(options));
    if (options.keep_data) take_data_along(both, shell.stop);
    if (facts.pod != plan::PodState::running) both.to.podman().start_pod(both.to.env().pod);
    carry_out(shell, both.to, facts.pod != plan::PodState::running ? plan::from_start_on(plan) : plan, facts, options.execute);
  } catch (const app::NotReady& error) {
    if (!was_up || shell.stop.stop_requested()) throw;
    throw app::NotReady(with_note(error.diagnostics(), bring_back(shell, both.from, from_facts)));
  } catch (const base::Error& error) {
    if (!was_up || shell.stop.stop_requested()) throw;
    if (facts.pod != plan::PodState::running) remove_pod(both.to);
    throw base::Error(with_note(error.diagnostics(), bring_back(shell, both.from, from_facts)));
  }
}

/// Everything that needs no ports.
void prepare(Shell& shell, const Both& both, const Options& options, const plan::Facts& from_facts) {
  take_over_keys(both);
  const plan::Facts facts = both.to.gather(app::Session::Outside::ask, shell.stop);
  require_target(both.to, facts);
  both.to.reserve_ports(facts);
  require_ports(both, from_facts, facts);
  if (options.keep_data && facts.pod == plan::PodState::running) {
    throw base::Error(fmt::format("environment `{}` is up, and its data would change under it", both.to.env().id()))
        .hint("take it down first, or switch without --keep-data");
  }
  carry_out(shell, both.to, plan::up_to_start(both.to.make_plan(facts, plan::Scope::up)), facts, options.execute);
}

int run(Shell& shell, const Options& options) {
  const auto from = open_session(shell, from_arguments(options));
  const auto to = open_session(shell, options.arguments);
  if (from->env().id() == to->env().id()) {
    throw WrongUsage(base::Error(fmt::format("`{}` can't be switched to itself", from->env().id())).hint("`envtool up` brings it up to date").diagnostics());
  }
  require_deployment(*to);
  const Both both{*from, *to};
  if (options.dry_run) return show(shell, both, options);
  const sys::FileLock lock_of_from = lock_environment(*from);
  const sys::FileLock lock_of_to = lock_environment(*to);
  const plan::Facts from_facts = from->gather(app::Session::Outside::remember, shell.stop);
  prepare(shell, both, options, from_facts);
  const plan::Facts facts = to->gather(app::Session::Outside::remember, shell.stop);
  const auto began = Time::now();
  swap(shell, both, options, from_facts, facts);
  const double gap = std::chrono::duration<double>(Time::now() - began).count();
  app::LastReady(from->deploy()).forget();
  from->podman().remove_pod(from->env().pod, app::kStopGrace);
  to->deploy().forget_former_files();
  if (shell.globals.output == OutputFormat::json) {
    print_json(doc::make_map({{"from", from->env().id()}, {"to", to->env().id()}, {"seconds_between", gap}}));
    return kDone;
  }
  for (const std::string& line : to->how_to_go_on()) print_line(line);
  return kDone;
}

}  // namespace

void setup_switch(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("switch", "Take people from one environment to another, with as little time between as can be");
  auto options = std::make_shared<Options>();
  command->add_option("FROM", options->from, "The environment that runs")->required();
  add_environment_options(*command, options->arguments, {Wants::deployment});
  command->remove_option(command->get_option("ENV"));
  command->add_option("TO", options->arguments.name, "The environment that is to run; the options are about it, --instance about both")->required();
  add_jobs_option(*command, options->execute);
  command->add_flag("--keep-data", options->keep_data, "Take Slurm's state and users' homes along: laid over what TO has of them");
  command->add_flag("--dry-run", options->dry_run, "Only show what would be done, and when")->envname("ENVTOOL_DRY_RUN");
  command->footer(
      "TO is checked, built and filled while FROM runs. If TO doesn't get ready, FROM comes back.\n"
      "FROM's volumes and secrets stay; TO takes over the keys that both make themselves, unless it has its own.\n\n"
      "Examples:\n"
      "  envtool switch dev_dummyauth dev_realauth\n"
      "  envtool switch dev_dummyauth dev_realauth --dry-run\n"
      "  envtool switch dev_realauth dev_dummyauth --keep-data");
  command->callback([&action, options] { action = [options](Shell& shell) { return run(shell, *options); }; });
}

}  // namespace cli
