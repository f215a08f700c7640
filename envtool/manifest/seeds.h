// How what a volume holds at first travels to a cluster and into the volume: objects that carry a tar stream, and the init
// container that unpacks it once. Knows neither tar nor the environment.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "envtool/doc/value.h"

namespace manifest {

/// The largest seed that travels in a ConfigMap. A larger one is cut into Secrets of this size.
inline constexpr std::size_t kSeedChunk = std::size_t{700} << 10U;

/// One volume of a Pod that is to be filled.
struct Seeding {
  std::string volume;                ///< its name in the Pod
  std::vector<std::string> carriers; ///< ConfigMap, or Secrets in the order of their parts
  enum class Carrier { config_map, secret } carrier = Carrier::config_map;
};

/// The objects for a tar stream, named `name`, `name-1`, ...: a ConfigMap up to `kSeedChunk` bytes, else Secrets.
std::vector<doc::Value> seed_carriers(const std::string& name, const std::string& key, const std::string& tar);

/// The data of a Secret that carries a tar stream by itself.
doc::Map seed_data(const std::string& key, const std::string& tar);

/// The Pod's volume that holds what a seeding brings; named `seed-VOLUME`.
doc::Value seed_source_volume(const Seeding& seeding);

/// The init container, run as root from an image that has `sh` and `tar`. A volume with a mark in it is left alone; the mark is
/// written last, so that a container which was cut off begins anew.
doc::Value seed_container(const std::string& image, const std::vector<Seeding>& seedings);

}  // namespace manifest
