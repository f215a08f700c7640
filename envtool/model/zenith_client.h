// What a Zenith client's configuration says, judged beside the environment that it belongs to: the client passes over keys that it
// does not know, and finds out at the server what doesn't fit. Keys are those of zenith-client 0.16 (client/zenith/client/config.py).
#pragma once

#include "envtool/base/error.h"
#include "envtool/doc/value.h"
#include "envtool/model/deploy.h"
#include "envtool/model/env.h"

namespace model {

/// Reports unknown keys, a server that isn't named, a client id without its secret, placeholders (a warning; an error in
/// production), and another issuer than the deploy ConfigMap's `oidcServer` (a warning). Keys may be written camelCase or snake_case.
void check_zenith_client(const Env& env, const DeployValues& deploy, const doc::Value& config, base::Diagnostics& problems);

/// Reports that a configuration names another server than that of `standin`, the only one that there is beside a stand-in.
void check_zenith_standin(const doc::Value& config, const doc::Value& standin, base::Diagnostics& problems);

}  // namespace model
