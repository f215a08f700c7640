// What the pod that got ready last was made of: kept in the deploy directory, so that it can be brought back when the pod that took
// its place doesn't get ready. Holds secrets. Knows nothing of steps and of when a pod is brought back.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "envtool/app/deploy_directory.h"
#include "envtool/app/ready.h"
#include "envtool/plan/facts.h"

namespace app {

/// What a volume held that stands for a Secret.
struct KeptVolume {
  plan::Key key;
  std::string tar;
};

struct ReadyPod {
  plan::Key key;
  std::string network;
  std::string manifest;  ///< with ids in the place of images' names, so that images built later change nothing
  std::string config;    ///< the deploy ConfigMap
  std::vector<Probe> checks;
  std::map<std::string, KeptVolume> secrets;  ///< by the volume's name
};

/// A container whose image isn't any more what it was.
struct ChangedImage {
  std::string container;
  std::string image;  ///< by name
};

class LastReady {
 public:
  explicit LastReady(const DeployDirectory& deploy) : deploy_(deploy), file_(deploy.folder() / ".last-ready.json") {}

  /// Keeps what the pod of this key runs from: the checks that it has passed and the secrets, as given, and what the deploy directory
  /// has. Keeps nothing if the manifest there is that of another pod. Throws base::Error if podman or the file system fails.
  void keep(const model::Env& env, const plan::Key& key, const std::vector<Probe>& checks, const std::map<std::string, KeptVolume>& secrets,
            const podman::Podman& podman) const;
  /// Nothing if none was kept.
  std::optional<ReadyPod> pod() const;
  void forget() const;

 private:
  const DeployDirectory& deploy_;
  fs::path file_;
};

/// The containers for which the manifest, which names images as people do, no longer means what `before` names by id.
std::vector<ChangedImage> changed_images(const ReadyPod& before, const std::string& manifest, const podman::Podman& podman);

}  // namespace app
