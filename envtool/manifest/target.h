// Where a manifest is sent, and what that place can do. One table holds every fact.
#pragma once

#include <compare>
#include <span>
#include <string>
#include <string_view>

namespace manifest {

struct Version {
  int major = 0;
  int minor = 0;
  int patch = 0;
  friend auto operator<=>(const Version&, const Version&) = default;
};

/// The version at the start of a text: `4.3.1`, `5.4.2-rc1`, `4.3`. Throws base::Error for anything else.
Version parse_version(std::string_view text);
std::string to_string(const Version& version);

enum class Platform { podman, kubernetes };

struct Target {
  Platform platform = Platform::podman;
  Version version;
};

/// The oldest podman that this project was tried on.
inline constexpr Version kOldestPodman{4, 3, 0};
/// The oldest Kubernetes whose API has all that the Kubernetes form is made of, Pod Security admission last.
inline constexpr Version kOldestKubernetes{1, 25, 0};
/// The newest Kubernetes that this project was tried on.
inline constexpr Version kNewestKubernetes{1, 36, 0};

/// Throws base::Error for a podman or Kubernetes that is older.
void require_supported(const Target& target);

/// `podman@4.3`, `podman@5.4.2`, `kubernetes@1.36`, `kubernetes` (the newest known). Throws base::Error for anything else, and for
/// what is too old.
Target parse_target(std::string_view text);
std::string to_string(const Target& target);

/// What a target can do; the table in target.cc says since when.
enum class Feature {
  sub_path,             ///< volumeMounts[].subPath
  secret_volumes,       ///< Secrets of the same file as volumes, their `data` decoded
  secret_string_data,   ///< `stringData` of a Secret
  secret_env,           ///< secretKeyRef to a Secret of the same file
  optional_left_out,    ///< a Secret's volume without `optional`
  file_modes,           ///< defaultMode and items[].mode
  claims_that_exist,    ///< a PersistentVolumeClaim whose volume is there already
  config_map_documents, ///< all documents of a `--configmap` file, not only the first
  removes_secrets,      ///< `kube down` takes the Secrets with it
  daemon_sets,          ///< the kind DaemonSet
  jobs,                 ///< the kind Job
  sub_path_expr,        ///< volumeMounts[].subPathExpr
  core_v1,              ///< `apiVersion: core/v1` for v1
  loose_names,          ///< names with `_` or upper case
  number_variables,     ///< env[].value without quotes
};

/// A line of the table.
struct Capability {
  Feature feature;
  std::string_view name;  ///< as in `Feature`
  Version podman;         ///< the first podman that has it
  Version kubernetes;     ///< the first Kubernetes that has it
};

/// Older than any version, and newer than any: for what was always there, and for what never came.
inline constexpr Version kAlways{};
inline constexpr Version kNever{1'000'000, 0, 0};

/// Every feature, in their order.
std::span<const Capability> capabilities();

bool has(const Target& target, Feature feature);

/// The first version of a platform that has it.
Version since(Platform platform, Feature feature);

}  // namespace manifest
