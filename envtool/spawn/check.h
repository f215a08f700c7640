// What is wrong with a configuration, for any user. Knows no cluster.
#pragma once

#include "envtool/base/error.h"
#include "envtool/spawn/config.h"

namespace spawn {

/// Renders every profile for several users and servers, among them long names and names with awkward characters, and reports
/// each problem and each warning once. Forms are rendered, too. `config` must be free of errors.
void check(const Config& config, base::Sources& sources, base::Diagnostics& problems);

}  // namespace spawn
