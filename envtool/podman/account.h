// Which account podman runs under. Rootful podman needs the right to raise resource limits; where root lacks it, a
// rootless account takes its place.
#pragma once

#include <optional>
#include <string>

#include "envtool/podman/podman.h"

namespace podman {

/// The name of the account that `tools/setup` prepares.
inline constexpr const char* kRootlessAccount = "envtool";

/// Whether this process could start rootful pods: it is root with CAP_SYS_RESOURCE.
bool can_run_rootful();

/// How to start podman here: as this process's own user, or as `account` where root can't start pods. An account that was
/// asked for by name is always taken (root only). Throws base::Error when the needed account does not exist.
Launcher choose_launcher(const std::optional<std::string>& account);

}  // namespace podman
