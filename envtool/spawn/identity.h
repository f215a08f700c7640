// What objects need to be told apart and taken by a cluster. Knows no templates.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "envtool/base/error.h"
#include "envtool/doc/value.h"

namespace spawn {

/// `Pod/jupyter-alice`, for an object that has passed `is_object`.
std::string identity(const doc::Value& object);

/// Whether a document is a map with the strings apiVersion, kind and metadata.name, and maps for metadata and its labels.
/// Reports what is missing.
bool is_object(const doc::Value& document, base::Diagnostics& problems);

/// Reports names that Kubernetes doesn't take for their kind, another namespace than `kubernetes_namespace`, and a second object of
/// the same kind and name.
void check_objects(const std::vector<doc::Value>& objects, std::string_view kubernetes_namespace, base::Diagnostics& problems);

}  // namespace spawn
