// One command's view of one environment: its definition, its deploy directory, podman, and what was found.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "envtool/app/cluster_form.h"
#include "envtool/app/deploy_directory.h"
#include "envtool/app/environment.h"
#include "envtool/app/execute.h"
#include "envtool/app/facts.h"
#include "envtool/app/standins.h"
#include "envtool/http/client.h"
#include "envtool/plan/plan.h"
#include "envtool/podman/podman.h"
#include "envtool/sys/process.h"

namespace app {

/// What the command line says about the project and the world.
struct SessionOptions {
  std::optional<fs::path> project;
  std::optional<std::string> podman_account;
  EnvironmentOptions environment;
  std::optional<fs::path> deploy_directory;
  StandinRequest standins;
  std::optional<std::string> target;  ///< as in `podman@4.3`; nothing: the podman that is here
};

class Session {
 public:
  /// Reads the definition. Throws base::Error with all of its problems.
  Session(const SessionOptions& options, sys::Processes& processes, http::Client& http);

  const Environment& environment() const { return environment_; }
  const model::Env& env() const { return environment_.env; }
  const DeployDirectory& deploy() const { return deploy_; }
  /// Chosen at the first call. Throws base::Error when podman can't be used here.
  const podman::Podman& podman();
  /// The same without an environment.
  static podman::Podman find_podman(sys::Processes& processes, const std::optional<std::string>& account);

  /// What the command line composes for; nothing: the podman that is here.
  const std::optional<manifest::Target>& target() const { return target_; }

  /// Composes for another target from now on.
  void aim_at(const manifest::Target& target) { target_ = target; }

  /// Problems of the files of the project that the definition names.
  base::Diagnostics check_project_files();

  /// Problems of the deploy ConfigMap and of the files beside it, if there is a ConfigMap. Warnings, too.
  base::Diagnostics check_deployment();
  /// What the deploy ConfigMap says, as far as it can be read; its problems are for `check_deployment`.
  model::DeployValues deploy_values() const;

  /// Ports that the pod, which isn't there yet, would publish and that are in use.
  base::Diagnostics check_ports(const plan::Facts& facts) const;

  /// What the podman of `facts` could not be asked for.
  base::Diagnostics check_target(const plan::Facts& facts) const;

  /// What is there. Stand-ins are decided on first: by asking what is outside, or from memory alone.
  enum class Outside { ask, remember };
  plan::Facts gather(Outside outside, std::stop_token stop);

  /// Reasons name the inputs that changed, where these are remembered.
  plan::Plan make_plan(const plan::Facts& facts, plan::Scope scope) const;
  MadeWith made_with() const;

  /// The environment as a cluster takes it. Throws base::Error for what a cluster can't do; warnings go to `problems`.
  manifest::ClusterForm cluster_form(const plan::Facts& facts, std::map<std::string, std::string> images, Contents contents,
                                     base::Diagnostics& problems) const;

  /// Gives an instance the ports of this machine that it publishes, and remembers them; the environment by itself has those of
  /// its definition.
  void reserve_ports(const plan::Facts& facts);
  /// Others may have them from now on.
  void forget_ports() const;

  /// Carries out a plan.
  void execute(const plan::Plan& plan, const plan::Facts& facts, const ExecuteOptions& options, Reporter& reporter, std::stop_token stop);

  /// The lines shown after `up`.
  std::vector<std::string> how_to_go_on() const;

 private:
  void check_standin(const model::Standin& standin, const model::DeployValues& values, base::Diagnostics& problems) const;
  /// Composes the environment anew where the choices call for other stand-ins. Returns whether they did.
  bool reconsider(const Choices& choices);
  /// Composes the environment anew where its ports are to be others.
  void publish_at(HostPorts ports);
  Choices choose(Outside outside, std::stop_token stop);

  SessionOptions options_;
  sys::Processes& processes_;
  http::Client& http_;
  sys::SteadyClock clock_;
  base::Sources sources_;
  Project project_;
  DeployDirectory deploy_;
  Surroundings surroundings_;
  Environment environment_;
  std::optional<manifest::Target> target_;
  std::optional<podman::Podman> podman_;
  DigestMemory memory_;
};

}  // namespace app
