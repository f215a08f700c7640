// An environment's readiness checks as the probes of its containers.
#pragma once

#include <functional>
#include <string>

#include "envtool/base/error.h"
#include "envtool/doc/value.h"
#include "envtool/model/env.h"

namespace manifest {

/// Gives a container `startupProbe`, `readinessProbe` and `livenessProbe` from the checks that concern it; those that it has by
/// itself stay. Commands whose output is to match run in a shell with `grep -E`; for liveness only their exit code counts, so
/// that a drained Slurm node isn't taken for a dead one. Several checks of a container become one command. `rendered` fills in
/// the templates of paths. Reported: regular expressions that `grep -E` doesn't know, and requests beside commands.
void add_probes(doc::Value& container, const model::Env& env, const std::function<std::string(const std::string&)>& rendered, base::Diagnostics& problems);

}  // namespace manifest
