// Build argument files: KEY=VALUE lines, taken literally.
#pragma once

#include <map>
#include <string>

#include "envtool/base/error.h"
#include "envtool/base/source.h"

namespace model {

/// The arguments of a file. Blank lines and lines that begin with `#` are left out; nothing is expanded or unquoted. Lines of
/// another form, bad names and names given twice are reported with their place.
std::map<std::string, std::string> parse_argfile(const base::Source& source, base::Diagnostics& problems);

}  // namespace model
