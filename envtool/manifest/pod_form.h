// A composed Pod as a cluster takes it: names, references, rights, resources, probes. Knows what other objects are called, and
// not what is in them.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "envtool/base/error.h"
#include "envtool/doc/value.h"
#include "envtool/manifest/seeds.h"
#include "envtool/model/env.h"

namespace manifest {

/// What a Pod's form depends on besides the Pod.
struct PodSurroundings {
  const model::Env& env;
  const std::map<std::string, std::string>& images;  ///< as in ClusterInputs
  /// What an object is called in the cluster: of kind `ConfigMap`, `Secret` or `PersistentVolumeClaim`.
  std::function<std::string(const std::string& kind, const std::string& name)> name_of;
  std::function<std::string(const std::string& text)> rendered;  ///< templates with the deploy ConfigMap's values
  std::set<std::string> secret_deploy_keys;  ///< keys of the deploy ConfigMap that are kept in a Secret of the same name
  std::set<std::string> missing_deploy_keys; ///< keys that a deploy ConfigMap may have and this one hasn't
  std::set<std::string> packed;              ///< Secrets that are unpacked into memory
  /// What fills a claim, by its composed name: the carriers' names.
  std::map<std::string, Seeding> seeds;
  std::string service_account;
};

/// The Pod's `spec` in the cluster; names of its volumes that changed are added to `renamed` as `volume NAME`.
doc::Value pod_spec_in_cluster(const doc::Value& spec, const PodSurroundings& surroundings, std::map<std::string, std::string>& renamed,
                               base::Diagnostics& problems);

}  // namespace manifest
