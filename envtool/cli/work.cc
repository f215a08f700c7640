#include "envtool/cli/work.h"

#include <fmt/format.h>

#include "envtool/cli/progress.h"

namespace cli {

sys::FileLock lock_environment(const app::Session& session) {
  const app::fs::path folder = session.environment().project.state_directory();
  sys::make_folder(folder);
  std::optional<sys::FileLock> lock = sys::FileLock::try_acquire(folder / (session.env().name + ".lock"));
  if (lock) return std::move(*lock);
  throw base::Error(fmt::format("another envtool is working on environment `{}`", session.env().name)).hint("wait until it has ended");
}

void carry_out(Shell& shell, app::Session& session, const plan::Plan& plan, const plan::Facts& facts,
               const app::ExecuteOptions& options) {
  const std::unique_ptr<app::Reporter> reporter = make_reporter(shell.globals.progress);
  session.execute(plan, facts, options, *reporter, shell.stop);
}

plan::Plan work_up_to(Shell& shell, app::Session& session, plan::Scope scope, const app::ExecuteOptions& options) {
  if (scope == plan::Scope::build) as_usage([&] { session.check_project_files().throw_if_errors(); });
  const sys::FileLock lock = lock_environment(session);
  const plan::Facts facts = session.gather(app::Session::Outside::ask, shell.stop);
  require_target(session, facts);
  if (scope == plan::Scope::up) as_usage([&] { session.check_ports(facts).throw_if_errors(); });
  plan::Plan plan = session.make_plan(facts, scope);
  carry_out(shell, session, plan, facts, options);
  return plan;
}

}  // namespace cli
