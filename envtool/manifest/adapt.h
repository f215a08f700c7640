// Rewrites objects for the podman that will play them, or refuses what it would silently drop.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "envtool/base/error.h"
#include "envtool/doc/value.h"
#include "envtool/manifest/target.h"

namespace manifest {

/// Where podman keeps a named volume on this machine.
using MountPoint = std::function<std::string(const std::string& volume)>;

/// A Secret that the target can't mount with its modes: it becomes a volume of the same name that is filled beforehand.
/// Modes by key, where the Pod asks for others than the default.
struct SeededSecret {
  std::uint32_t mode = 0644;
  std::map<std::string, std::uint32_t> modes;
};

struct Adapted {
  std::vector<doc::Value> objects;
  std::map<std::string, SeededSecret> seeded_secrets;  ///< by the Secret's name
};

/// The objects for a target. What changes on an older podman:
///   - Secrets as volumes become named volumes of the same name, filled beforehand (4.8 keeps their modes)
///   - volumeMounts with a subPath become host paths below the volume's mount point (4.4 knows subPath)
/// What a target can't express is reported with the object's name and the field's path.
Adapted adapt(std::vector<doc::Value> objects, const Target& target, const MountPoint& mount_point, base::Diagnostics& problems);

/// The names of Secrets that the target must find as filled volumes; `adapt` without rewriting anything.
std::map<std::string, SeededSecret> seeded_secrets(const std::vector<doc::Value>& objects, const Target& target);

}  // namespace manifest
