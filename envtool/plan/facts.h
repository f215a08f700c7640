// What is there already, as the planner sees it: names, keys and digests, gathered before planning.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "envtool/manifest/target.h"

namespace plan {

/// A digest that stands for everything a step's result depends on. 40 hexadecimal digits of a SHA-256.
using Key = std::string;

/// What was found under a name: nothing, something of another maker (no key), or a result of envtool with its key.
struct Found {
  bool present = false;
  std::optional<Key> key;
  bool complete = true;  ///< false: a volume that a run which was cut off did not finish filling
};

/// The name of the volume that stands beside another one for as long as that is filled. Both carry the same label, so that an old
/// mark says nothing of a new volume.
std::string filling_mark(const std::string& volume);

/// Whether a part that comes from outside is taken as it is, or its stand-in.
enum class Choice { real, standin };

/// An image in a registry.
struct Pushed {
  Key key;             ///< of the image that was pushed
  std::string digest;  ///< `sha256:...`
};

enum class PodState { absent, stopped, running };

struct Facts {
  manifest::Target target;
  std::string host_release;  ///< what `suite: host` means: `bookworm`
  /// By repository URL, image reference: what was chosen. Absent: real.
  std::map<std::string, Choice> choices;
  std::set<std::string> repositories;              ///< clones that are there
  std::map<std::string, std::string> contexts;     ///< image -> digest of its build context, once that is complete
  std::map<std::string, std::string> seeds;        ///< volume -> digest of what it is filled with
  std::map<std::string, std::string> deploy_files; ///< secret or `deploy-config` -> fingerprint of its files, once they are there
  std::map<std::string, Found> images;             ///< by reference
  std::map<std::string, Pushed> pushed;            ///< by reference in a registry, as remembered
  std::set<std::string> unfinished_images;         ///< what builds for envtool that were cut off left, by name; gathered for a teardown
  std::map<std::string, Found> volumes;            ///< by name in podman
  std::string volume_folder;                       ///< where podman keeps its volumes; empty as long as nobody asked
  std::set<std::string> podman_secrets;            ///< by name in podman
  PodState pod = PodState::absent;
  std::optional<Key> pod_key;
  std::optional<Key> ready_key;                    ///< of the pod that was waited for successfully, as remembered
  std::optional<Key> manifest_key;                 ///< of the combined.yaml that is there

  Choice choice_of(const std::string& external) const;
  Found image(const std::string& reference) const;
  Found volume(const std::string& object) const;
};

}  // namespace plan
