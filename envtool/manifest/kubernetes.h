// Composed objects as a Kubernetes cluster takes them: one form from the same definition that podman plays. Pure: what only the
// shell knows (contents, pinned images, what volumes hold at first) comes in as values. Knows no API server.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "envtool/base/error.h"
#include "envtool/doc/value.h"
#include "envtool/manifest/adapt.h"
#include "envtool/manifest/compose.h"
#include "envtool/manifest/target.h"
#include "envtool/model/deploy.h"
#include "envtool/model/env.h"

namespace manifest {

/// What is in one Secret of the environment.
struct ClusterSecret {
  std::string fingerprint;  ///< changes with the contents and tells nothing of them; its name ends in a digest of it
  SecretData contents;      ///< empty where nobody needs to know them, as for a plan
  std::string packed;       ///< for the names in `packed_secrets`: the same as a tar stream with owners and modes
};

/// What a volume holds at first.
struct ClusterSeed {
  std::string key;  ///< of what it is filled with (plan::Key)
  std::string tar;  ///< empty where nobody needs to know it
};

struct ClusterInputs {
  Version version;                                ///< of the API server
  std::map<std::string, std::string> images;      ///< references as composed -> as the cluster pulls them, with digests
  std::map<std::string, ClusterSecret> secrets;   ///< by the name of the composed object
  std::map<std::string, ClusterSeed> volumes;     ///< by the name of the composed object
  model::DeployValues deploy;                     ///< the deploy ConfigMap's values, secret ones too
  std::string deploy_fingerprint;                 ///< of its secret values, as for Secrets
};

/// `converge`: written whenever it differs. `create_once`: belongs to the user once it is there.
enum class Keep { converge, create_once };

struct ClusterObject {
  doc::Value object;
  Keep keep = Keep::converge;
  std::string source;  ///< what of the definition it is: `volume slurm_root`, `secret munge-key`; also an annotation
  base::Span span;     ///< where that stands
  std::string key;     ///< digest of the object with fingerprints in the place of secrets; also a label
};

struct ClusterForm {
  std::string namespace_name;
  std::string workload_kind;                   ///< `StatefulSet`, `Deployment` or `Pod`
  std::string workload;                        ///< its name
  std::vector<ClusterObject> objects;          ///< in the order in which they are to be applied
  std::map<std::string, std::string> renamed;  ///< `Pod jupyterhub-slurm-dev_dummyauth` -> its name in the cluster
};

/// The Secrets, by their composed names, that a Pod wants with other owners than root: Secret volumes have no owners, so that an
/// init container unpacks them from a tar stream into memory. The modes are those that the Pod asks for.
std::map<std::string, SeededSecret> packed_secrets(const model::Env& env, const std::vector<doc::Value>& objects);

/// The form of an environment. Everything in it is labelled with the environment, its instance, and its own key; immutable
/// ConfigMaps and Secrets have a digest in their names, and every reference to them follows. Seeds of volumes and
/// PersistentVolumeClaims are `create_once`, with fixed names, so that a changed tree restarts nothing.
/// Reported: images that are built here without a registry, what no cluster can do, ports nobody may reach (a warning).
ClusterForm to_kubernetes(const model::Env& env, const std::vector<doc::Value>& objects, const ClusterInputs& inputs,
                          base::Diagnostics& problems);

/// All of a form, in its order.
std::vector<doc::Value> objects_of(const ClusterForm& form);

/// Where an image that is built here goes: `localhost/brics_slurm:dev-latest` is `REGISTRY/brics_slurm:dev-latest`.
std::string registry_reference(const std::string& registry, const std::string& reference);

/// The images that containers of Pods run.
std::set<std::string> images_of(const std::vector<doc::Value>& objects);

/// A copy for people's eyes: `...` for what Secrets and seeds hold.
doc::Value without_secrets(const doc::Value& object);

}  // namespace manifest
