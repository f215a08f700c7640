// Whether what the deploy ConfigMap promises to others is what the pod publishes.
#pragma once

#include "envtool/base/error.h"
#include "envtool/model/deploy.h"
#include "envtool/model/env.h"

namespace model {

/// Checks the keys that have a `port`: their URL must lead to that port of the pod as it is published on this machine, or, on
/// a network that the pod shares, to the pod itself. Anything else is a warning, for a proxy may stand between. Values that
/// are against their type's rules are passed over, and so are placeholders.
void check_published(const Env& env, const DeployValues& values, base::Diagnostics& problems);

}  // namespace model
