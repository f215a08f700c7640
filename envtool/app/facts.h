// Looks at the world for the planner: clones, contexts, the deploy directory, podman.
#pragma once

#include <memory>
#include <stop_token>

#include "envtool/app/deploy_directory.h"
#include "envtool/app/environment.h"
#include "envtool/app/standins.h"
#include "envtool/archive/digest.h"
#include "envtool/manifest/labels.h"
#include "envtool/plan/facts.h"
#include "envtool/plan/plan.h"
#include "envtool/podman/podman.h"

namespace app {

/// Labels that envtool puts on what it makes.
using manifest::kEnvironmentLabel;
using manifest::kInstanceLabel;
using manifest::kKeyLabel;
using manifest::kManifestLabel;
inline constexpr const char* kFillLabel = "io.envtool.fill";  ///< random; the same on a volume and on the mark of its filling

/// Digests of the files that one environment is made of, kept between runs.
class DigestMemory {
 public:
  explicit DigestMemory(const Environment& environment);
  std::string digest(const std::vector<archive::Layer>& layers);
  /// Writes down what was learned; trouble with that is ignored, it costs time only.
  void save() const;

 private:
  fs::path file_;
  archive::FileDigestCache cache_;
};

/// The key of the pod that got ready last, kept between runs. Losing it costs one more look at a pod that is ready.
class ReadyMemory {
 public:
  explicit ReadyMemory(const Environment& environment);
  std::optional<plan::Key> key() const;
  void remember(const plan::Key& key) const;
  void forget() const;

 private:
  fs::path file_;
};

/// What is known without asking podman.
void add_local_facts(const Environment& environment, const DeployDirectory& deploy, DigestMemory& memory, plan::Facts& facts);

/// What podman has, and its version.
void add_podman_facts(const Environment& environment, const podman::Podman& podman, plan::Facts& facts);

/// What only a teardown asks for: podman's own Secrets, and for `Remove::all` what builds that were cut off left.
void add_teardown_facts(const podman::Podman& podman, plan::Remove what, plan::Facts& facts);

/// The version of the podman that would be started. Remembered for as long as the program stays the same file.
manifest::Version podman_version(const Project& project, const podman::Podman& podman);

/// What changes when the context of one image changes; nothing while a clone is missing.
std::optional<std::string> context_digest(const Environment& environment, const model::Image& image, const plan::Facts& facts,
                                          DigestMemory& memory);

/// The name of this machine's release, `bookworm`, as os-release(5) says.
std::string host_release();

}  // namespace app
