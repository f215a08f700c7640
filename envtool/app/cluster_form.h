// What the Kubernetes form of an environment needs and only the shell knows: contents of secrets, what volumes hold at first, where
// images are. Asks no cluster.
#pragma once

#include <map>
#include <string>

#include "envtool/app/deploy_directory.h"
#include "envtool/app/environment.h"
#include "envtool/manifest/kubernetes.h"
#include "envtool/plan/facts.h"

namespace app {

/// `whole`: for what is written or sent. `fingerprints`: what the names and keys of objects are made of is enough.
enum class Contents { whole, fingerprints };

/// Where the images that are built here are found by the cluster, by tag: for a registry that was pushed to the digests are known
/// and go in the place of these. Empty if the definition names no registry.
std::map<std::string, std::string> registry_images(const model::Env& env);

/// The same, by digest where it is known what was pushed.
std::map<std::string, std::string> pinned_images(const model::Env& env, const plan::Facts& facts);

/// `facts` must hold what is known without asking podman. Throws base::Error for files that are missing or bad.
manifest::ClusterInputs cluster_inputs(const Environment& environment, const DeployDirectory& deploy, const plan::Facts& facts,
                                       std::map<std::string, std::string> images, Contents contents);

}  // namespace app
