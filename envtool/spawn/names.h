// What a user's objects are called in a cluster.
#pragma once

#include <string>
#include <string_view>

namespace spawn {

/// The label that every object of a server bears; its value is the server's key.
inline constexpr std::string_view kKeyLabel = "mcks.hub.jupyter.org/key";
/// What stopping a server leaves is labelled "false" with this.
inline constexpr std::string_view kDeleteLabel = "mcks.hub.jupyter.org/delete-on-stop";

/// A rendered key or namespace as a name that Kubernetes takes everywhere: a DNS label, which is a label's value, too. What
/// is one already stays, unless it looks like one that was shortened. Other texts are cut and get a part of their SHA-256, so
/// that two of them are never called the same.
std::string object_name(std::string_view rendered);

}  // namespace spawn
