// What the notebook container's environment can only say when all patches are done.
#pragma once

#include <string>
#include <vector>

#include "envtool/base/error.h"
#include "envtool/doc/value.h"

namespace spawn {

/// Adds JUPYTER_IMAGE and JUPYTER_IMAGE_SPEC, the image as it is now, and CPU_LIMIT and CPU_GUARANTEE in cores (`0.50`), where
/// the container has them, to the container `notebook` of the Pod `key`. A variable that is there already is replaced. Without such
/// a Pod or container nothing is changed, with a warning. Reports amounts that are no quantity, and lists that aren't lists.
void augment_notebook(std::vector<doc::Value>& objects, const std::string& key, base::Diagnostics& problems);

}  // namespace spawn
