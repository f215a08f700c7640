// What an environment says about running on a Kubernetes cluster: the section `cluster:`. Everything has a default but the
// registry, which only environments with images that are built here need. Knows no cluster.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "envtool/base/error.h"
#include "envtool/doc/value.h"

namespace model {

/// What runs the environment's Pod.
enum class Workload {
  stateful_set,  ///< one pod at a time, whatever happens to its node, always under the same host name
  deployment,    ///< as above as long as its node answers; each pod has a name of its own
  pod,           ///< bare: nothing makes it anew when its node is lost
};

std::string_view to_string(Workload workload);

/// Where the data of a volume is kept.
struct Storage {
  std::string storage_class;            ///< empty: the cluster's default
  std::string size = "1Gi";             ///< a quantity
  std::string access = "ReadWriteOnce";
};

/// What one container gets and may do.
struct ContainerNeeds {
  std::map<std::string, std::string> requests{{"cpu", "100m"}, {"memory", "256Mi"}};  ///< quantities by resource
  std::map<std::string, std::string> limits{{"memory", "1Gi"}};
  std::vector<std::string> capabilities;  ///< in Linux' names without `CAP_`; all others are dropped
  bool escalation = false;                ///< whether programs like sudo may gain rights
  std::optional<std::uint32_t> user;      ///< runs as this id instead of the image's
  base::Span span;
};

enum class ServiceType { cluster_ip, node_port, load_balancer };

std::string_view to_string(ServiceType type);

/// How a port of the environment is reached in the cluster.
struct PortService {
  ServiceType type = ServiceType::cluster_ip;
  std::uint16_t port = 0;                        ///< 0: the port that the definition publishes
  std::uint16_t node_port = 0;                   ///< 0: the cluster chooses
  std::optional<std::vector<std::string>> from;  ///< CIDRs that may connect; nothing: everybody for `public`, nobody for others
  base::Span span;
};

struct Ingress {
  std::string host;
  std::string port = "public";  ///< name of a port
  std::string ingress_class;    ///< empty: the cluster's default
  std::string tls_secret;       ///< name of a Secret that is there already; empty: no TLS
  base::Span span;
};

/// Somewhere outside that the pod may connect to.
struct Egress {
  std::string name;
  std::string to;  ///< template of a URL: `https://host`, `ssh://host:port`, `tcp://10.0.0.0/8:5432`, `tcp://0.0.0.0/0`
  base::Span span;
};

struct Cluster {
  std::string registry;         ///< where images that are built here are pushed: `registry.example/hub`; empty: not said
  std::string namespace_name;   ///< empty: named after the environment
  std::string context;          ///< of the kubeconfig; empty: the current one
  Workload workload = Workload::stateful_set;
  Storage storage;                               ///< of volumes that `volumes` has nothing about
  std::map<std::string, Storage> volumes;        ///< by the volume's name in the definition
  std::map<std::string, ContainerNeeds> containers;
  std::map<std::string, PortService> services;   ///< by the port's name
  std::optional<Ingress> ingress;
  std::vector<std::string> pull_secrets;         ///< names of Secrets that are there already
  std::vector<Egress> egress;
  base::Span span;

  const Storage& storage_of(const std::string& volume) const;
  ContainerNeeds needs_of(const std::string& container) const;
  PortService service_of(const std::string& port) const;
};

/// The section; null means all defaults. Every problem is reported.
Cluster decode_cluster(const doc::Value* value, base::Diagnostics& problems);

}  // namespace model
