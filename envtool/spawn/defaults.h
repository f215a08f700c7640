// The objects that every server gets unless the configuration says otherwise.
#pragma once

#include <map>
#include <string>

namespace spawn {

/// Templates by the key that they are sorted by: `01-sa`, `02-pod`, `03-service` and `04-ingress`.
const std::map<std::string, std::string>& default_resources();

}  // namespace spawn
