// What would be done to bring an environment up, and why. Pure: facts in, steps out.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "envtool/doc/value.h"
#include "envtool/manifest/adapt.h"
#include "envtool/model/env.h"
#include "envtool/plan/facts.h"

namespace plan {

/// Makes sure that a clone of a repository is there.
struct GetRepository {
  model::Repository repository;
  Choice choice = Choice::real;
};
/// Makes a deploy ConfigMap with defaults.
struct MakeDeployConfig {
  std::string object;
};
/// Makes or reads the files of one secret in the deploy directory.
struct PrepareSecret {
  model::Secret secret;
};
struct BootstrapImage {
  std::string reference;
  model::Bootstrap bootstrap;
};
struct BuildImage {
  model::Image image;
  std::string base;                        ///< the reference given for the base argument; empty: the Containerfile's own
  std::map<std::string, Choice> packages;  ///< by argument
  const model::Build& build() const { return std::get<model::Build>(image.source); }
};
/// Copies an image into the registry that a cluster pulls from.
struct PushImage {
  std::string reference;
  std::string destination;
};
/// Something in a cluster, which has no key here: app::Cluster does it.
struct ClusterWork {};
struct SeedVolume {
  model::Volume volume;
};
/// Fills a volume with a secret's files, for a podman that can't mount them otherwise.
struct SeedSecret {
  model::Secret secret;
  manifest::SeededSecret modes;
};
struct WriteManifest {
  std::vector<doc::Value> objects;  ///< as composed, for no target in particular
};
enum class Start { at_once, later };
struct PlayPod {
  std::string pod;
  std::string network;  ///< empty: podman's default
  Start start = Start::at_once;
};
struct WaitReady {
  model::ReadyCheck check;
};
/// Makes new files for secrets and puts all of them in the place of the old ones at once.
struct RotateSecrets {
  std::vector<model::Secret> secrets;
};
/// Fills the volume of a secret anew, under the containers that mount it.
struct RefillSecret {
  model::Secret secret;
  manifest::SeededSecret modes;
};
struct RestartContainer {
  std::string container;  ///< its name in podman
};
/// Notes which keys the pod and its secrets have by now: podman's labels can't be changed.
struct RememberKeys {};
struct RemovePod {
  std::string pod;
};
struct RemoveVolume {
  std::string volume;
};
struct RemoveSecret {
  std::string secret;
};
struct RemoveImage {
  std::string reference;
};

using Payload = std::variant<GetRepository, MakeDeployConfig, PrepareSecret, BootstrapImage, BuildImage, PushImage, ClusterWork, SeedVolume, SeedSecret,
                             WriteManifest, PlayPod, WaitReady, RotateSecrets, RefillSecret, RestartContainer, RememberKeys, RemovePod,
                             RemoveVolume, RemoveSecret, RemoveImage>;

/// `converge`: done again when the key differs. `create_once`: shown as stale then, and never touched.
enum class Policy { converge, create_once };

enum class Action {
  nothing,  ///< it is as it should be
  create,
  update,
  remove,
  wait,
  stale,  ///< differs, but belongs to the user: shown with the command that resets it
};

std::string_view to_string(Action action);

struct Step {
  std::string id;  ///< kind and name: `image brics_jupyterhub`; unique in a plan
  Payload payload;
  std::vector<std::size_t> needs;
  Policy policy = Policy::converge;
  std::optional<Key> key;  ///< nothing: known only when what it depends on has been made
  Action action = Action::nothing;
  std::string reason;  ///< why, for `plan` and `--explain`
  doc::Value inputs = {};           ///< what the key is the digest of
  std::optional<Key> found = {};    ///< the key of what is there

  /// Whether there is anything to do: what is stale is the user's to decide about.
  bool acts() const { return action != Action::nothing && action != Action::stale; }
};

struct Plan {
  std::vector<Step> steps;
  /// Whether any step would change something.
  bool changes() const;
  /// The step of that id, or null.
  const Step* find(std::string_view id) const;
};

/// How far a plan goes.
enum class Scope {
  build,   ///< repositories, images, volumes
  render,  ///< secrets and the manifest
  cluster, ///< what a cluster is given from here: images in its registry, the deploy ConfigMap and secrets
  up,      ///< everything, to a pod that is ready
};

/// The steps that bring an environment to what it should be. `objects` are its composed manifest.
Plan make(const model::Env& env, const Facts& facts, const std::vector<doc::Value>& objects, Scope scope);

/// One step of `make`, without the others: its key and inputs by these facts. Nothing for a step that has none. Only what the key
/// depends on is looked at, so that asking for each step of a plan takes time that grows with their number; `needs` says nothing.
std::optional<Step> make_step(const model::Env& env, const Facts& facts, const std::vector<doc::Value>& objects, const Payload& payload);

enum class Remove { pod, volumes, all };

/// The steps that take an environment down: the pod with what podman kept of its secrets, then volumes, then images.
Plan make_teardown(const model::Env& env, const Facts& facts, Remove what);

}  // namespace plan
