// What `build`, `render`, `up` and `down` have in common.
#pragma once

#include "envtool/app/session.h"
#include "envtool/cli/command.h"
#include "envtool/plan/plan.h"
#include "envtool/sys/file.h"

namespace cli {

/// One envtool at a time works on an environment. Throws base::Error while another does.
sys::FileLock lock_environment(const app::Session& session);

/// Carries out a plan, with progress on stderr.
void carry_out(Shell& shell, app::Session& session, const plan::Plan& plan, const plan::Facts& facts,
               const app::ExecuteOptions& options = {});

/// Plans up to a scope and carries it out. Returns the plan.
plan::Plan work_up_to(Shell& shell, app::Session& session, plan::Scope scope, const app::ExecuteOptions& options = {});

}  // namespace cli
