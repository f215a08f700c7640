// Whether a Slurm host outside the pod can be used by the hub: what was seen over SSH, and what that means.
//
// Seeing signs in as the hub would and runs questions there; nothing is started or changed. Each question needs the one before:
// what could not be asked is `skipped`.
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "envtool/app/deploy_directory.h"
#include "envtool/app/finding.h"
#include "envtool/model/deploy.h"
#include "envtool/model/env.h"
#include "envtool/ssh/session.h"

namespace app {

/// What is known of the host beforehand.
struct SlurmHost {
  std::string name;                 ///< of `sshHostname`, without its port
  std::uint16_t port = ssh::kDefaultPort;
  std::string user = "jupyterspawner";
  std::string private_key;          ///< a secret; empty if there is none that can be used
  std::string public_key;           ///< as a line
  std::string known_hosts;
  std::string known_hosts_file;
  std::string wrappers_bin;         ///< `slurmSpawnerWrappersBin`
  std::string conda_prefix;         ///< `condaPrefixDir`
  std::string hub_url;              ///< `hubConnectUrl`
};

/// The host of an environment whose known_hosts file comes from the administrator; nothing for any other.
std::optional<SlurmHost> slurm_host_of(const model::Env& env, const DeployDirectory& deploy, const model::DeployValues& values);

/// Everything that was seen, as far as it went: after the first problem nothing more is known.
struct SlurmHostFacts {
  std::vector<std::string> addresses;
  std::string resolve_problem;
  std::string banner;               ///< empty: no connection
  std::string connect_problem;
  std::optional<ssh::PublicKey> host_key;
  std::vector<ssh::KnownHost> known;  ///< what known_hosts says of this host
  std::string sign_in_problem;
  bool signed_in = false;
  std::string arrived;              ///< of a variable that was sent: sshd's AcceptEnv lets it in
  std::optional<ssh::CommandResult> sudo;      ///< `sudo -n -l`
  std::optional<ssh::CommandResult> wrappers;  ///< prints those that are missing, one a line
  std::optional<ssh::CommandResult> conda;     ///< prints what is missing
  std::optional<ssh::CommandResult> hub;       ///< connects to the hub's API; prints why not
  std::string question_problem;     ///< why a question could not be asked
};

SlurmHostFacts probe_slurm_host(const SlurmHost& host);

/// In the order of the way to the job and back. `hub_runs` tells whether somebody should answer at the hub's URL.
enum class Hub { runs, is_down };
std::vector<Finding> judge_slurm_host(const SlurmHost& host, const SlurmHostFacts& facts, Hub hub);

}  // namespace app
