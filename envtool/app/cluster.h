// An environment on a Kubernetes cluster: what of it is there, in which fields that differs from the definition, making it so, waiting
// until it is ready, and taking it down. What is there tells it all: nothing about a cluster is remembered here.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "envtool/app/cluster_compare.h"
#include "envtool/app/execute.h"
#include "envtool/kube/client.h"
#include "envtool/manifest/kubernetes.h"
#include "envtool/model/env.h"
#include "envtool/plan/plan.h"
#include "envtool/sys/clock.h"

namespace app {

/// What is to be done about one object.
struct ObjectStep {
  enum class Way { apply, make_anew };  ///< `make_anew`: fields that never change are to change

  kube::Reference reference;
  plan::Action action = plan::Action::nothing;
  std::string reason;
  std::vector<FieldChange> changes;
  Way way = Way::apply;
  std::size_t object = 0;  ///< in the form; of what is to go, nothing
  std::string uid;         ///< of what is to go
};

/// What is to be done in the cluster.
struct ClusterPlan {
  manifest::ClusterForm form;
  std::vector<ObjectStep> objects;  ///< in the order of the form, then what is to go
  bool ready = false;               ///< whether the workload is, as it is there
  std::string lease;                ///< of a teardown: the name of the lease, which goes last

  bool writes() const;
};

/// The same as steps to print: `object ConfigMap/hub-1a2b`, then `ready StatefulSet/hub`.
plan::Plan to_plan(const ClusterPlan& plan);

struct PodState {
  std::string name;
  std::string phase;
  bool ready = false;
  std::int64_t restarts = 0;
  std::string problem;  ///< `ImagePullBackOff: ...`, if a container says so
};

/// What runs, and how it differs.
struct ClusterStatus {
  ClusterPlan plan;
  std::vector<PodState> pods;
  base::Diagnostics problems;  ///< what the server would refuse, if it were applied now
};

struct ClusterOptions {
  enum class Others { respect, override };  ///< what becomes of fields that another tool applies
  Others others = Others::respect;
  std::optional<std::chrono::seconds> patience = {};  ///< for the workload to get ready; nothing: as the definition's checks say
};

/// What a teardown takes.
enum class ClusterRemoval { workload, volumes, all };

class Cluster {
 public:
  /// All must outlive this object.
  Cluster(kube::Client& client, const model::Env& env, sys::Clock& clock) : client_(client), env_(env), clock_(clock) {}

  /// Compares with what is there; asks the server by a dry run what applying would change. Throws base::Error if it refuses, with what
  /// it says of each object.
  ClusterPlan compare(manifest::ClusterForm form, const ClusterOptions& options, std::stop_token stop) const;

  /// Carries it out under the environment's lease, waits until the workload is ready, and then takes away what left the definition.
  /// Writes nothing if there is nothing to do. Throws base::Error with all refusals; NotReady (see execute.h), with the pods' events
  /// and last log lines, when time is up.
  void carry_out(const ClusterPlan& plan, const ClusterOptions& options, Reporter& reporter, std::stop_token stop) const;

  /// The same, whoever else applies what, with the environment's pods.
  ClusterStatus look(manifest::ClusterForm form, std::stop_token stop) const;

  /// What a teardown would take, the workload first.
  ClusterPlan compare_removal(manifest::ClusterForm form, ClusterRemoval what, std::stop_token stop) const;
  /// Carries that out and waits until it is gone.
  void remove(const ClusterPlan& plan, Reporter& reporter, std::stop_token stop) const;

  /// The environment's pods.
  std::vector<doc::Value> pods(const std::string& kubernetes_namespace, std::stop_token stop) const;
  /// The pod of that workload that was made last. Throws base::Error if there is none.
  kube::Reference require_pod(const manifest::ClusterForm& form, std::stop_token stop) const;
  /// The same. Throws base::Error, with what its containers wait for, if it isn't ready.
  kube::Reference require_ready_pod(const manifest::ClusterForm& form, std::stop_token stop) const;

 private:
  using Live = std::map<std::pair<std::string, std::string>, doc::Value>;  ///< by kind and name

  Live find_live(const manifest::ClusterForm& form, std::stop_token stop) const;
  void add_foreign(const manifest::ClusterForm& form, Live& live, std::stop_token stop) const;
  ClusterPlan compare(manifest::ClusterForm form, const ClusterOptions& options, base::Diagnostics& problems, std::stop_token stop) const;
  void rehearse(ClusterPlan& plan, const Live& live, const ClusterOptions& options, base::Diagnostics& problems, std::stop_token stop) const;
  kube::Answer take_fields(kube::Answer refused, const doc::Value& wanted, kube::Rehearse rehearse, const ClusterOptions& options,
                           std::stop_token stop) const;
  void apply(const ClusterPlan& plan, const std::vector<std::size_t>& steps, const ClusterOptions& options, std::stop_token stop) const;
  void take_away(const ClusterPlan& plan, const std::vector<std::size_t>& steps, std::stop_token stop) const;
  void wait_until_ready(const ClusterPlan& plan, const ClusterOptions& options, const std::function<void(const std::string&)>& say,
                        std::stop_token stop) const;
  std::vector<std::string> evidence(const std::string& kubernetes_namespace, std::stop_token stop) const;
  std::string selector() const;
  doc::Value newest_pod(const manifest::ClusterForm& form, std::stop_token stop) const;

  kube::Client& client_;
  const model::Env& env_;
  sys::Clock& clock_;
};

}  // namespace app
