// Whether this machine can run environments: what was seen, and what that means.
//
// Seeing is `probe_machine`; it starts nothing but podman's own questions and changes nothing. Judging is a table of functions
// that know only what was seen.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "envtool/app/environment.h"
#include "envtool/app/finding.h"
#include "envtool/http/client.h"
#include "envtool/podman/podman.h"
#include "envtool/sys/network.h"

namespace app {

enum class PodmanMode { rootless, rootful };
enum class ControlGroups { absent, v1, v2, hybrid };

struct DiskFacts {
  std::string what;  ///< `project`, `storage`
  std::string path;
  std::uint64_t free_bytes = 0;
};

struct PortFacts {
  model::Port port;
  std::string problem;  ///< why it can't be taken; empty: it can
  std::vector<sys::Listener> listeners;
  std::string container;  ///< one of this podman's that publishes it
  std::string pod;        ///< the pod of that container
};

/// A time that something else than this machine's clock vouches for.
struct TimeFacts {
  std::string source;
  std::time_t time = 0;
};

/// Everything that was seen. Problems are texts; an empty one means that there is none.
struct MachineFacts {
  std::string account;          ///< that podman runs as
  std::string account_problem;  ///< why it can't run as anybody
  PodmanMode mode = PodmanMode::rootless;
  std::string podman_version;   ///< empty: there is no podman
  std::string podman_problem;   ///< what it said when it was asked
  std::optional<podman::Info> podman;  ///< nothing: this account never used podman
  std::string configured_runtime;      ///< in containers.conf; empty: podman's own choice
  std::optional<std::uint64_t> subordinate_uids;  ///< nothing: they aren't kept in files here
  std::optional<std::uint64_t> subordinate_gids;
  std::string id_mapping_problem;      ///< of newuidmap and newgidmap
  std::string runtime_folder;
  std::string runtime_folder_problem;
  std::string tunnel_problem;          ///< of /dev/net/tun
  ControlGroups control_groups = ControlGroups::v2;
  std::vector<std::string> programs;   ///< of those that checks ask for: what is here
  bool builds_base = false;            ///< the environment may build its base image from Debian's packages
  std::vector<DiskFacts> disks;
  std::vector<PortFacts> ports;
  std::time_t now = 0;
  std::optional<TimeFacts> newest_file;
  std::optional<TimeFacts> server;
  std::string own_pod;  ///< the environment's pod, whether it runs or not
};

/// What podman is run with, and what else may be asked.
struct MachineTools {
  sys::Processes& processes;
  http::Client& http;
  std::optional<std::string> podman_account;
};

/// `environment` may be null: then its ports and needs are left out. Never throws for what it sees.
MachineFacts probe_machine(const Project& project, const Environment* environment, const MachineTools& tools, std::stop_token stop);

/// In the order in which a person would look.
std::vector<Finding> judge_machine(const MachineFacts& facts);

}  // namespace app
