#include "envtool/app/machine.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "envtool/base/strings.h"
#include "envtool/manifest/target.h"

namespace app {
namespace {

constexpr std::uint64_t kIds = 65536;  // images use ids up to 65534
constexpr std::uint64_t kGiB = 1U << 30U;
constexpr std::uint64_t kScarce = 5 * kGiB;
constexpr std::uint64_t kTooLittle = kGiB;
constexpr std::time_t kDrift = 60;   // seconds that clocks may differ
constexpr const char* kSetup = "run `make setup`, which prepares it";

bool has_program(const MachineFacts& facts, std::string_view name) {
  return std::find(facts.programs.begin(), facts.programs.end(), name) != facts.programs.end();
}

/// podman can be asked for more only where it is there and has an account.
bool podman_works(const MachineFacts& facts) {
  return !facts.podman_version.empty() && facts.account_problem.empty() && facts.podman_problem.empty();
}

bool is_rootless(const MachineFacts& facts) { return facts.account_problem.empty() && facts.mode == PodmanMode::rootless; }

Finding not_rootless(const char* check, const MachineFacts& facts) {
  return skipped(check, facts.account_problem.empty() ? "podman runs as root here" : "no account runs podman");
}

// --- podman -----------------------------------------------------------------------------------------------------------

Finding judge_podman(const MachineFacts& facts) {
  constexpr const char* kName = "podman";
  if (facts.podman_version.empty()) return bad(kName, "there is no program `podman`", "run `make setup`, or install the package podman");
  if (!facts.podman_problem.empty()) return bad(kName, facts.podman_problem, "look at the lines below, and try `tools/podman info`");
  if (manifest::parse_version(facts.podman_version) < manifest::kOldestPodman) {
    return bad(kName, fmt::format("version {}, and {} is needed", facts.podman_version, to_string(manifest::kOldestPodman)),
               "install a newer podman");
  }
  return good(kName, "version " + facts.podman_version);
}

Finding judge_account(const MachineFacts& facts) {
  constexpr const char* kName = "account";
  if (!facts.account_problem.empty()) {
    const bool remote = std::string_view(facts.account_problem).find("CONTAINER_HOST") != std::string_view::npos;
    return bad(kName, facts.account_problem, remote ? "unset CONTAINER_HOST" : kSetup);
  }
  return good(kName, facts.mode == PodmanMode::rootful ? "podman runs as root" : fmt::format("podman runs as `{}`, rootless", facts.account));
}

Finding judge_ids(const MachineFacts& facts) {
  constexpr const char* kName = "subordinate ids";
  if (!is_rootless(facts)) return not_rootless(kName, facts);
  if (!facts.subordinate_uids || !facts.subordinate_gids) return skipped(kName, "/etc/nsswitch.conf says that they are not kept in files");
  const std::string evidence =
      fmt::format("`{}` has {} in /etc/subuid and {} in /etc/subgid", facts.account, *facts.subordinate_uids, *facts.subordinate_gids);
  if (std::min(*facts.subordinate_uids, *facts.subordinate_gids) >= kIds) return good(kName, evidence);
  return bad(kName, fmt::format("{}; containers need {} of each", evidence, kIds),
             fmt::format("as root: usermod --add-subuids 1000000-1065535 --add-subgids 1000000-1065535 {0} (a range that nobody else "
                         "has); then, as {0}: podman system migrate",
                         facts.account));
}

Finding judge_id_mapping(const MachineFacts& facts) {
  constexpr const char* kName = "id mapping";
  if (!is_rootless(facts)) return not_rootless(kName, facts);
  if (facts.id_mapping_problem.empty()) return good(kName, "newuidmap and newgidmap may map ids");
  return bad(kName, facts.id_mapping_problem, "install the package uidmap again: apt-get install --reinstall uidmap");
}

Finding judge_runtime_folder(const MachineFacts& facts) {
  constexpr const char* kName = "runtime folder";
  if (!is_rootless(facts)) return not_rootless(kName, facts);
  if (facts.runtime_folder_problem.empty()) return good(kName, facts.runtime_folder);
  return bad(kName, fmt::format("`{}` {}", facts.runtime_folder, facts.runtime_folder_problem),
             fmt::format("{}; where systemd runs: loginctl enable-linger {}", kSetup, facts.account));
}

Finding judge_tunnel(const MachineFacts& facts) {
  constexpr const char* kName = "network device";
  if (!is_rootless(facts)) return not_rootless(kName, facts);
  if (facts.tunnel_problem.empty()) return good(kName, "/dev/net/tun can be used");
  return bad(kName, fmt::format("/dev/net/tun {}: pods get no network", facts.tunnel_problem), kSetup);
}

Finding judge_network_program(const MachineFacts& facts) {
  constexpr const char* kName = "network program";
  if (!is_rootless(facts)) return not_rootless(kName, facts);
  for (const char* name : {"pasta", "slirp4netns"}) {
    if (has_program(facts, name)) return good(kName, name);
  }
  return bad(kName, "there is neither `pasta` nor `slirp4netns`", "run `make setup`, or install the package passt or slirp4netns");
}

// --- control groups, runtime, storage ---------------------------------------------------------------------------------

Finding judge_control_groups(const MachineFacts& facts) {
  constexpr const char* kName = "control groups";
  switch (facts.control_groups) {
    case ControlGroups::absent: return bad(kName, "none are mounted at /sys/fs/cgroup", "mount them: mount -t cgroup2 none /sys/fs/cgroup");
    case ControlGroups::v1: return worse(kName, "version 1; podman 5 and later want version 2", "boot with systemd.unified_cgroup_hierarchy=1");
    case ControlGroups::hybrid: return good(kName, "versions 1 and 2 side by side; limits aren't enforced for rootless pods");
    case ControlGroups::v2: return good(kName, "version 2");
  }
  return {};
}

/// The runtime that podman uses, or would: without a word in containers.conf it prefers crun.
std::string runtime_of(const MachineFacts& facts) {
  if (facts.podman) return facts.podman->runtime;
  if (!facts.configured_runtime.empty()) return facts.configured_runtime;
  return has_program(facts, "crun") || !has_program(facts, "runc") ? "crun" : "runc";
}

Finding judge_runtime(const MachineFacts& facts) {
  constexpr const char* kName = "runtime";
  const std::string runtime = runtime_of(facts);
  if (!has_program(facts, runtime) && (runtime == "crun" || runtime == "runc")) {
    return bad(kName, fmt::format("podman would start containers with `{}`, which is not there", runtime),
               fmt::format("run `make setup`, or install the package {}", runtime));
  }
  if (runtime == "crun" && facts.control_groups == ControlGroups::hybrid) {
    return bad(kName, "`crun` starts nothing where control groups of version 1 and 2 are mounted side by side",
               "run `make setup`, or put runtime = \"runc\" below [engine] in ~/.config/containers/containers.conf");
  }
  return good(kName, runtime);
}

Finding judge_storage(const MachineFacts& facts) {
  constexpr const char* kName = "storage driver";
  if (!podman_works(facts)) return skipped(kName, "podman can't be asked");
  if (!facts.podman) return skipped(kName, fmt::format("`{}` never used podman; the first use chooses one", facts.account));
  if (facts.podman->storage_driver != "vfs") return good(kName, fmt::format("{} in {}", facts.podman->storage_driver, facts.podman->storage_root));
  return worse(kName, "vfs, which copies whole images for each container",
               "put driver = \"overlay\" below [storage] in ~/.config/containers/storage.conf, then: podman system reset (removes all "
               "images, containers and volumes)");
}

// --- programs, room, ports, time --------------------------------------------------------------------------------------

Finding judge_bootstrap(const MachineFacts& facts) {
  constexpr const char* kName = "mmdebstrap";
  if (!facts.builds_base) return skipped(kName, "nothing here is built with it");
  if (has_program(facts, kName)) return good(kName, "builds base images where no registry answers");
  return worse(kName, "is not there; base images can't be built where no registry answers", "run `make setup`, or install the package mmdebstrap");
}

std::string gib(std::uint64_t bytes) { return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / static_cast<double>(kGiB)); }

Finding judge_disk(const DiskFacts& disk) {
  const std::string name = "room for " + disk.what;
  const std::string evidence = fmt::format("{} free at `{}`", gib(disk.free_bytes), disk.path);
  if (disk.free_bytes >= kScarce) return good(name, evidence);
  const std::string fix = "make room: `tools/podman image prune` removes what no image is made of any more";
  return disk.free_bytes < kTooLittle ? bad(name, evidence, fix) : worse(name, evidence, fix);
}

/// `rootlessport` (process 12), `a process of another user`
std::string holders(const PortFacts& facts) {
  if (!facts.container.empty()) return fmt::format("container `{}`{}", facts.container, facts.pod.empty() ? "" : fmt::format(" of pod `{}`", facts.pod));
  std::vector<std::string> names;
  for (const sys::Listener& listener : facts.listeners) {
    names.push_back(listener.pid == 0 ? "a process of another user" : fmt::format("`{}` (process {})", listener.program, listener.pid));
  }
  return base::join(names, " and ");
}

Finding judge_port(const PortFacts& facts, const std::string& own_pod) {
  const std::string name = "port " + facts.port.name;
  const std::string where = fmt::format("{}:{}", facts.port.host_ip, facts.port.host_port);
  if (facts.problem.empty()) return good(name, where + " is free");
  if (!facts.pod.empty() && facts.pod == own_pod) return good(name, where + " is published by this environment's pod");
  const std::string holder = holders(facts);
  return bad(name, holder.empty() ? fmt::format("{} can't be taken: {}", where, facts.problem) : fmt::format("{} is taken by {}", where, holder),
             fmt::format("end that, or take another port: --set ports.{}.host_port=NUMBER", facts.port.name));
}

std::string utc(std::time_t time) { return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(time)); }

Finding judge_clock(const MachineFacts& facts) {
  constexpr const char* kName = "clock";
  constexpr const char* kFix = "set the clock: timedatectl set-ntp true (certificates and sign-in tokens are checked against it)";
  if (facts.server) {
    const std::time_t difference = facts.now - facts.server->time;
    const std::string evidence = fmt::format("{} s {} {}", std::abs(difference), difference < 0 ? "behind" : "ahead of", facts.server->source);
    return std::abs(difference) > kDrift ? bad(kName, evidence, kFix) : good(kName, evidence);
  }
  if (facts.newest_file && facts.newest_file->time > facts.now + kDrift) {
    return worse(kName, fmt::format("it is {}, and `{}` was changed at {}", utc(facts.now), facts.newest_file->source, utc(facts.newest_file->time)), kFix);
  }
  return good(kName, utc(facts.now));
}

using Judge = Finding (*)(const MachineFacts&);
constexpr std::array<Judge, 11> kJudges{judge_podman,   judge_account,         judge_ids,            judge_id_mapping,
                                        judge_runtime_folder, judge_tunnel,  judge_network_program, judge_control_groups,
                                        judge_runtime,  judge_storage,         judge_bootstrap};

}  // namespace

std::vector<Finding> judge_machine(const MachineFacts& facts) {
  std::vector<Finding> findings;
  for (const Judge judge : kJudges) findings.push_back(judge(facts));
  for (const DiskFacts& disk : facts.disks) findings.push_back(judge_disk(disk));
  findings.push_back(judge_clock(facts));
  for (const PortFacts& port : facts.ports) findings.push_back(judge_port(port, facts.own_pod));
  return findings;
}

}  // namespace app
