// Whether what podman calls running does run. podman learns of a container's end from the process that monitors it; where
// that one was killed, too (the kernel was out of memory, somebody tidied up), podman 4.3 says `Running` for ever.
#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "envtool/podman/podman.h"

namespace podman {

/// The ids of the containers on this machine that have a monitor. `processes` is laid out like /proc.
std::set<std::string> monitored_containers(const std::filesystem::path& processes = "/proc");

/// The pod with the state `dead` for each running container without a monitor, and `Degraded` for itself if there is one.
/// A container without an id is taken at podman's word.
Pod as_seen(Pod pod, const std::set<std::string>& monitored);
/// The same by this machine's processes, which are looked at only if a container is said to run.
Pod as_seen(Pod pod);

}  // namespace podman
