#include "envtool/cli/work.h"

#include <fmt/format.h>

#include "envtool/app/script.h"
#include "envtool/base/strings.h"
#include "envtool/cli/print.h"
#include "envtool/cli/progress.h"

namespace cli {
namespace {

/// Words for the command line that choose the same definition again, from any folder.
std::vector<std::string> environment_words(const app::Session& session, const EnvironmentArguments& arguments) {
  std::vector<std::string> words{arguments.name};
  const auto add = [&words](const std::string& option, const std::string& value) { words.insert(words.end(), {option, value}); };
  if (!arguments.instance.empty()) add("--instance", arguments.instance);
  for (const std::string& assignment : arguments.assignments) add("--set", assignment);
  for (const std::string& overlay : arguments.overlays) add("--file", app::fs::absolute(overlay).string());
  for (const std::string& repository : arguments.repositories) add("--repo", repository);
  if (!arguments.published_hub.empty()) add("--publish-hub", arguments.published_hub);
  if (session.deploy().folder() != session.environment().project.deploy_directory(session.env().id())) {
    add("--deploy-dir", session.deploy().folder().string());
  }
  if (arguments.standins != EnvironmentArguments{}.standins) add("--standins", arguments.standins);
  return words;
}

app::Invocation make_invocation(const Shell& shell, const app::Session& session, const Rehearsed& what) {
  app::Invocation invocation;
  invocation.title = what.title + " " + session.env().words();
  invocation.program = {app::fs::read_symlink("/proc/self/exe").string(), "--project", session.environment().project.root.string()};
  if (shell.globals.podman_account) invocation.program.insert(invocation.program.end(), {"--podman-user", *shell.globals.podman_account});
  invocation.environment = environment_words(session, what.arguments);
  invocation.afterwards = what.afterwards;
  return invocation;
}

}  // namespace

sys::FileLock lock_environment(const app::Session& session) {
  const app::fs::path folder = session.environment().project.state_directory();
  sys::make_folder(folder);
  std::optional<sys::FileLock> lock = sys::FileLock::try_acquire(folder / (session.env().id() + ".lock"));
  if (lock) {
    session.deploy().finish_rotation();
    return std::move(*lock);
  }
  throw base::Error(fmt::format("another envtool is working on environment `{}`", session.env().id())).hint("wait until it has ended");
}

const plan::Step& require_step(const plan::Plan& plan, const std::string& id) {
  if (const plan::Step* step = plan.find(id)) return *step;
  std::vector<std::string> known;
  for (const plan::Step& step : plan.steps) known.push_back(step.id);
  throw base::Error(fmt::format("there is no step `{}`", id)).guess(id, known, "steps here: " + base::join(known, ", "));
}

void carry_out(Shell& shell, app::Session& session, const plan::Plan& plan, const plan::Facts& facts,
               const app::ExecuteOptions& options) {
  const std::unique_ptr<app::Reporter> reporter = make_reporter(shell.globals.progress);
  session.execute(plan, facts, options, *reporter, shell.stop);
}

void add_jobs_option(CLI::App& command, app::ExecuteOptions& execute) {
  command.add_option("-j,--jobs", execute.workers, "Steps that run at the same time")
      ->envname("ENVTOOL_JOBS")->capture_default_str();
}

void add_rehearsal_options(CLI::App& command, Rehearsal& rehearsal) {
  command.add_flag("--dry-run", rehearsal.dry_run, "Only show what would be done")->envname("ENVTOOL_DRY_RUN");
  command.add_flag("--print-commands", rehearsal.print_commands, "Only print the podman commands that would be run, as a shell script")
      ->envname("ENVTOOL_PRINT_COMMANDS");
}

int rehearse(Shell& shell, app::Session& session, const Rehearsal& rehearsal, const Rehearsed& what) {
  const bool json = shell.globals.output == OutputFormat::json;
  if (!rehearsal.print_commands) {
    json ? print_json(plan_value(what.plan)) : print_text(plan_text(what.plan));
    return kDone;
  }
  const app::ScriptSubject subject{session.environment(), session.deploy(), session.podman(), what.facts};
  const app::Invocation invocation = make_invocation(shell, session, what);
  if (!json) {
    print_text(app::make_script(subject, what.plan, invocation));
    return kDone;
  }
  print_json(doc::make_map({{"commands", doc::make_list(app::script_commands(subject, what.plan, invocation))}}));
  return kDone;
}

int rehearse_up_to(Shell& shell, app::Session& session, plan::Scope scope, const Rehearsal& rehearsal, const std::string& title,
                   const EnvironmentArguments& arguments) {
  if (scope == plan::Scope::build) as_usage([&] { session.check_project_files().throw_if_errors(); });
  const plan::Facts facts = session.gather(app::Session::Outside::ask, shell.stop);
  require_target(session, facts);
  const plan::Plan plan = session.make_plan(facts, scope);
  return rehearse(shell, session, rehearsal, {plan, facts, title, arguments});
}

plan::Plan go_up_to(Shell& shell, app::Session& session, plan::Scope scope, const app::ExecuteOptions& options) {
  const plan::Facts facts = session.gather(app::Session::Outside::ask, shell.stop);
  require_target(session, facts);
  if (scope != plan::Scope::build) session.reserve_ports(facts);
  if (scope == plan::Scope::up) as_usage([&] { session.check_ports(facts).throw_if_errors(); });
  plan::Plan plan = session.make_plan(facts, scope);
  carry_out(shell, session, plan, facts, options);
  if (scope == plan::Scope::up) session.deploy().forget_former_files();
  return plan;
}

plan::Plan work_up_to(Shell& shell, app::Session& session, plan::Scope scope, const app::ExecuteOptions& options) {
  if (scope == plan::Scope::build) as_usage([&] { session.check_project_files().throw_if_errors(); });
  const sys::FileLock lock = lock_environment(session);
  return go_up_to(shell, session, scope, options);
}

int give_verdict(const Shell& shell, std::vector<std::pair<std::string, doc::Value>> subject, const std::string& name,
                 const base::Diagnostics& problems) {
  print_diagnostics(problems.all());
  if (shell.globals.output == OutputFormat::json) {
    print_json(verdict_value(std::move(subject), problems));
  } else {
    print_line(verdict_line(name, problems));
  }
  return problems.has_errors() ? kWrongUsage : kDone;
}

}  // namespace cli
