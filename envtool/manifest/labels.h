// The labels and annotations by which envtool knows its own: images, volumes, pods and Kubernetes objects.
#pragma once

namespace manifest {

inline constexpr const char* kKeyLabel = "io.envtool.key";            ///< the digest of what it was made from
inline constexpr const char* kManifestLabel = "io.envtool.manifest";
inline constexpr const char* kEnvironmentLabel = "io.envtool.environment";
inline constexpr const char* kInstanceLabel = "io.envtool.instance";  ///< only on what belongs to one
inline constexpr const char* kSourceAnnotation = "io.envtool.source"; ///< what of the definition it is: `volume slurm_root`

}  // namespace manifest
