// What commands do when their environment is, or is to be, on a Kubernetes cluster: `--target kubernetes`.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "envtool/app/cluster.h"
#include "envtool/cli/command.h"
#include "envtool/cli/work.h"

namespace cli {

/// Whether the command line names a cluster instead of this machine's podman.
bool is_for_cluster(const EnvironmentArguments& arguments);

/// How commands are told of an environment that is up there: `dev --context admin`.
std::string words_on_cluster(const model::Env& env, const EnvironmentArguments& arguments);

/// As the commands of the same names do for podman; they return exit codes.
int plan_on_cluster(Shell& shell, const EnvironmentArguments& arguments, bool exit_code);
int diff_on_cluster(Shell& shell, const EnvironmentArguments& arguments);

struct ClusterUp {
  app::ExecuteOptions execute;
  app::ClusterOptions cluster;
  Rehearsal rehearsal;
};
int up_on_cluster(Shell& shell, const EnvironmentArguments& arguments, const ClusterUp& options);
int down_on_cluster(Shell& shell, const EnvironmentArguments& arguments, app::ClusterRemoval what, const Rehearsal& rehearsal);
int status_on_cluster(Shell& shell, const EnvironmentArguments& arguments);

struct ClusterLogs {
  std::string container;  ///< empty: all
  bool follow = false;
  int tail = -1;          ///< lines of each container; below 0: all
};
int logs_on_cluster(Shell& shell, const EnvironmentArguments& arguments, const ClusterLogs& options);
/// Calls `work` with the environment's pod, which is there and ready. Throws base::Error if it isn't.
using WithPod = std::function<int(app::Session&, kube::Client&, const kube::Reference& pod)>;
int with_pod_on_cluster(Shell& shell, const EnvironmentArguments& arguments, const WithPod& work);

int exec_on_cluster(Shell& shell, const EnvironmentArguments& arguments, const std::string& container, const std::vector<std::string>& command);

}  // namespace cli
