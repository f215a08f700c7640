// The files that a definition names, looked at before anything is done: what is missing or bad is told at once.
#pragma once

#include "envtool/app/environment.h"
#include "envtool/base/error.h"

namespace app {

/// Reports, each with its place: contexts, Containerfiles, argument files, stand-ins and volume trees that aren't there;
/// lines of argument files that are none; templates in volumes that don't render; symlinks that leave their tree, and what
/// can't be read. Contexts themselves are not walked: clones in them may be large.
void check_project_files(const Environment& environment, base::Sources& sources, base::Diagnostics& problems);

}  // namespace app
