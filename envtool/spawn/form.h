// The part of JupyterHub's spawn page in which users choose a profile.
#pragma once

#include <string>

#include "envtool/base/source.h"
#include "envtool/spawn/config.h"

namespace spawn {

/// HTML with one radio button `profile` for each profile, its slug as value, the default one checked; empty without profiles.
/// The configuration's `profile_form_template` sees `profile_list`, unescaped. Throws base::Error if that doesn't render.
std::string render_form(const Config& config, base::Sources& sources);

}  // namespace spawn
