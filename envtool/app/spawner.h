// The hub team's file on disk.
#pragma once

#include <filesystem>

#include "envtool/base/error.h"
#include "envtool/spawn/config.h"

namespace app {

/// The spawner's configuration that a file holds. Reports what is wrong with it; the result is only good without errors.
/// Throws base::Error for a file that can't be read or is no YAML.
spawn::Config read_spawner(const std::filesystem::path& file, base::Sources& sources, base::Diagnostics& problems);

/// The same for work that needs a good one: throws base::Error with every problem.
spawn::Config load_spawner(const std::filesystem::path& file, base::Sources& sources);

}  // namespace app
