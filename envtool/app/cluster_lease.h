// Keeps two envtools apart that work on one environment of a cluster, wherever they run: a Lease (coordination.k8s.io/v1).
#pragma once

#include <stop_token>
#include <string>
#include <thread>

#include "envtool/kube/client.h"
#include "envtool/sys/clock.h"

namespace app {

/// Held from creation until it goes out of scope, and renewed meanwhile. Whoever is killed leaves it behind, and a minute later others
/// may take it.
class ClusterLease {
 public:
  /// The namespace must be there. Throws base::Error that names the holder
  /// while another one has it, and what the client throws.
  ClusterLease(kube::Client& client, kube::Reference place, doc::Map labels, sys::Clock& clock, std::stop_token stop);
  ~ClusterLease();
  ClusterLease(const ClusterLease&) = delete;
  ClusterLease& operator=(const ClusterLease&) = delete;

 private:
  doc::Value lease(std::string_view holder) const;
  void take(std::stop_token stop);
  void renew(const std::stop_token& stop);
  bool is_ours_still(const std::stop_token& stop);

  kube::Client& client_;
  kube::Reference place_;
  doc::Map labels_;
  std::string holder_;
  std::string version_;  ///< of the object as it was written last
  sys::Clock& clock_;
  std::jthread renewing_;
};

/// Where the lease of an environment is: beside what it keeps.
kube::Reference lease_of(const std::string& kubernetes_namespace, const std::string& workload);

}  // namespace app
