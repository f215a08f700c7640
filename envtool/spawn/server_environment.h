// The environment variables that JupyterHub gives to a single-user server.
// Source: JupyterHub 5.4, Spawner.get_env(); order, names and values are its own.
#pragma once

#include "envtool/doc/value.h"
#include "envtool/spawn/config.h"
#include "envtool/spawn/variables.h"

namespace spawn {

/// Strings by name: what the hub says about itself and the server, then the settings' own variables, which win. Limits and
/// guarantees aren't among them: those come from the finished Pod. Throws base::Error for a `notebook_dir` or `default_url`
/// that doesn't work out as a format string.
doc::Map server_environment(const Hub& hub, const Settings& settings, const Server& server);

}  // namespace spawn
