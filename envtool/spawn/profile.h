// Which profile a request means.
#pragma once

#include <optional>
#include <string>

#include "envtool/spawn/config.h"

namespace spawn {

/// The profile of this slug; without a slug the default one, or else the first. Null if there are no profiles at all. Throws
/// base::Error, with the slugs that there are, for one that isn't among them.
const Profile* find_profile(const Config& config, const std::optional<std::string>& slug);

}  // namespace spawn
