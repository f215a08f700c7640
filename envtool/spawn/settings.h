// What is set for one server: the traits of MultiClusterKubeSpawner, and of JupyterHub's Spawner below it, that shape a user's
// objects. Names are the traits' own. Knows no user and no profile.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "envtool/base/error.h"
#include "envtool/doc/value.h"
#include "envtool/model/fields.h"

namespace spawn {

/// Strings that are templates, by the key that they are sorted by. Each knows its place in the file.
using Templates = std::map<std::string, doc::Value>;

struct Settings {
  std::string kubernetes_context;  ///< of the kubeconfig; empty: the current one
  std::string ingress_public_url;
  std::string ingress_class = "contour";  ///< empty: the cluster's default class
  std::string ingress_host;               ///< empty: the Ingress answers for every host
  std::string image = "pangeo/pangeo-notebook:latest";
  std::uint32_t port = 8888;
  std::vector<std::string> cmd{"jupyterhub-singleuser"};
  std::vector<std::string> args;
  doc::Map environment;                        ///< strings, in the file's order
  std::optional<std::int64_t> mem_limit;       ///< bytes
  std::optional<std::int64_t> mem_guarantee;   ///< bytes
  std::optional<double> cpu_limit;             ///< cores
  std::optional<double> cpu_guarantee;         ///< cores
  Templates resources;                         ///< laid over the default ones
  Templates patches;
  bool create_namespace = true;
  std::string default_url;
  std::string notebook_dir;
  bool debug = false;
  std::string hub_connect_url;
  std::uint32_t start_timeout = 300;  ///< seconds
};

/// `base` with what the fields set. A field that is set replaces the base's value as a whole, maps too. Reports every problem,
/// but leaves unknown fields to `fields.finish()`.
Settings decode_settings(model::Fields& fields, Settings base);

}  // namespace spawn
