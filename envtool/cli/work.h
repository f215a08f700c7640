// What the commands that change something have in common: the lock, carrying a plan out, or only showing it.
#pragma once

#include "envtool/app/session.h"
#include "envtool/cli/command.h"
#include "envtool/plan/plan.h"
#include "envtool/sys/file.h"

namespace cli {

/// One envtool at a time works on an environment. Throws base::Error while another does.
sys::FileLock lock_environment(const app::Session& session);

/// The step of that id. Throws base::Error, with the nearest id, when the plan hasn't any.
const plan::Step& require_step(const plan::Plan& plan, const std::string& id);

/// Carries out a plan, with progress on stderr.
void carry_out(Shell& shell, app::Session& session, const plan::Plan& plan, const plan::Facts& facts,
               const app::ExecuteOptions& options = {});

/// `--jobs`, of which `app::ExecuteOptions` has the default.
void add_jobs_option(CLI::App& command, app::ExecuteOptions& execute);

/// Whether something is only shown.
struct Rehearsal {
  bool dry_run = false;
  bool print_commands = false;
  bool wanted() const { return dry_run || print_commands; }
};

/// `--dry-run` and `--print-commands`.
void add_rehearsal_options(CLI::App& command, Rehearsal& rehearsal);

/// A plan with what it was made from, and how its steps are called by hand.
struct Rehearsed {
  const plan::Plan& plan;
  const plan::Facts& facts;
  std::string title;  ///< the command: `up`
  const EnvironmentArguments& arguments;
  std::vector<std::string> afterwards = {};  ///< other commands that the work ends with: `up`
};

/// Shows the steps of a plan, or the commands that they would run. Changes nothing.
int rehearse(Shell& shell, app::Session& session, const Rehearsal& rehearsal, const Rehearsed& what);

/// Plans up to a scope and only shows it.
int rehearse_up_to(Shell& shell, app::Session& session, plan::Scope scope, const Rehearsal& rehearsal, const std::string& title,
                   const EnvironmentArguments& arguments);

/// Plans up to a scope and carries it out, for one who holds the lock. Returns the plan.
plan::Plan go_up_to(Shell& shell, app::Session& session, plan::Scope scope, const app::ExecuteOptions& options = {});

/// Takes the lock, plans up to a scope and carries it out. Returns the plan.
plan::Plan work_up_to(Shell& shell, app::Session& session, plan::Scope scope, const app::ExecuteOptions& options = {});

/// Prints what was found in `name`, of which the entries of `subject` tell in JSON; returns the exit code.
int give_verdict(const Shell& shell, std::vector<std::pair<std::string, doc::Value>> subject, const std::string& name,
                 const base::Diagnostics& problems);

}  // namespace cli
