#include "envtool/app/machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "envtool/doc/json.h"
#include "tests/unit/app/findings.h"

namespace app {
namespace {


constexpr std::uint64_t kGiB = 1U << 30U;
constexpr std::time_t kNow = 1'800'000'000;

/// A machine on which everything works.
MachineFacts sound_machine() {
  MachineFacts facts;
  facts.account = "builder";
  facts.podman_version = "4.3.1";
  facts.podman = podman::Info{"crun", "overlay", "/home/builder/storage"};
  facts.subordinate_uids = 65536;
  facts.subordinate_gids = 65536;
  facts.runtime_folder = "/run/user/1000";
  facts.programs = {"crun", "slirp4netns", "mmdebstrap"};
  facts.builds_base = true;
  facts.disks = {{"project", "/src", 50 * kGiB}, {"podman", "/home/builder/storage", 50 * kGiB}};
  model::Port port;
  port.name = "public";
  port.host_ip = "127.0.0.1";
  port.host_port = 8000;
  facts.ports = {{port, "", {}, "", ""}};
  facts.now = kNow;
  facts.own_pod = "hub-of-dev";
  return facts;
}

TEST(Machine, ThatIsSoundHasNothingToMend) {
  for (const Finding& finding : judge_machine(sound_machine())) {
    EXPECT_EQ(finding.verdict, Verdict::ok) << finding.check << ": " << finding.evidence;
    EXPECT_EQ(finding.fix, "") << finding.check;
    EXPECT_NE(finding.evidence, "") << finding.check;
  }
}

struct Case {
  std::string name;
  std::function<void(MachineFacts&)> change;
  std::string check;
  std::string line;
};

std::string name_of(const testing::TestParamInfo<Case>& of) { return of.param.name; }

class Verdicts : public testing::TestWithParam<Case> {};

TEST_P(Verdicts, OfOneChange) {
  MachineFacts facts = sound_machine();
  GetParam().change(facts);
  const std::vector<Finding> findings = judge_machine(facts);
  EXPECT_EQ(test::line_of(findings, GetParam().check), GetParam().line);
  const bool to_mend = GetParam().line.starts_with("fail") || GetParam().line.starts_with("warn");
  EXPECT_EQ(!test::fix_of(findings, GetParam().check).empty(), to_mend) << test::fix_of(findings, GetParam().check);
}

INSTANTIATE_TEST_SUITE_P(
    Podman, Verdicts,
    testing::Values(
        Case{"Absent", [](auto& f) { f.podman_version = ""; }, "podman", "fail podman: there is no program `podman`"},
        Case{"TooOld", [](auto& f) { f.podman_version = "4.2.9"; }, "podman", "fail podman: version 4.2.9, and 4.3.0 is needed"},
        Case{"Newer", [](auto& f) { f.podman_version = "5.4.2"; }, "podman", "ok podman: version 5.4.2"},
        Case{"Broken", [](auto& f) { f.podman_problem = "`podman info` failed with exit code 125: no such user"; }, "podman",
             "fail podman: `podman info` failed with exit code 125: no such user"},
        Case{"NoAccount", [](auto& f) { f.account_problem = "the account `envtool` does not exist"; }, "account",
             "fail account: the account `envtool` does not exist"},
        Case{"Rootful", [](auto& f) { f.mode = PodmanMode::rootful; }, "account", "ok account: podman runs as root"},
        Case{"NoUids", [](auto& f) { f.subordinate_uids = 0; }, "subordinate ids",
             "fail subordinate ids: `builder` has 0 in /etc/subuid and 65536 in /etc/subgid; containers need 65536 of each"},
        Case{"FewGids", [](auto& f) { f.subordinate_gids = 1000; }, "subordinate ids",
             "fail subordinate ids: `builder` has 65536 in /etc/subuid and 1000 in /etc/subgid; containers need 65536 of each"},
        Case{"IdsElsewhere", [](auto& f) { f.subordinate_uids.reset(); }, "subordinate ids",
             "skipped subordinate ids: /etc/nsswitch.conf says that they are not kept in files"},
        Case{"RootNeedsNoIds", [](auto& f) { f.mode = PodmanMode::rootful, f.subordinate_uids = 0; }, "subordinate ids",
             "skipped subordinate ids: podman runs as root here"},
        Case{"NobodyNeedsIds", [](auto& f) { f.account_problem = "x"; }, "subordinate ids", "skipped subordinate ids: no account runs podman"},
        Case{"NoMapping", [](auto& f) { f.id_mapping_problem = "there is no program `newuidmap`"; }, "id mapping",
             "fail id mapping: there is no program `newuidmap`"},
        Case{"RuntimeFolder", [](auto& f) { f.runtime_folder_problem = "is missing"; }, "runtime folder",
             "fail runtime folder: `/run/user/1000` is missing"},
        Case{"Tunnel", [](auto& f) { f.tunnel_problem = "is missing"; }, "network device",
             "fail network device: /dev/net/tun is missing: pods get no network"},
        Case{"NoNetworkProgram", [](auto& f) { f.programs = {"crun"}; }, "network program",
             "fail network program: there is neither `pasta` nor `slirp4netns`"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Containers, Verdicts,
    testing::Values(
        Case{"NoControlGroups", [](auto& f) { f.control_groups = ControlGroups::absent; }, "control groups",
             "fail control groups: none are mounted at /sys/fs/cgroup"},
        Case{"OldControlGroups", [](auto& f) { f.control_groups = ControlGroups::v1; }, "control groups",
             "warn control groups: version 1; podman 5 and later want version 2"},
        Case{"CrunRefusesHybrid", [](auto& f) { f.control_groups = ControlGroups::hybrid; }, "runtime",
             "fail runtime: `crun` starts nothing where control groups of version 1 and 2 are mounted side by side"},
        Case{"RuncTakesHybrid", [](auto& f) { f.control_groups = ControlGroups::hybrid, f.podman->runtime = "runc", f.programs = {"runc"}; },
             "runtime", "ok runtime: runc"},
        Case{"RuntimeIsMissing", [](auto& f) { f.programs = {"slirp4netns"}; }, "runtime",
             "fail runtime: podman would start containers with `crun`, which is not there"},
        Case{"ConfiguredRuntime", [](auto& f) { f.podman.reset(), f.configured_runtime = "runc"; }, "runtime",
             "fail runtime: podman would start containers with `runc`, which is not there"},
        Case{"OnlyRuntime", [](auto& f) { f.podman.reset(), f.programs = {"runc"}; }, "runtime", "ok runtime: runc"},
        Case{"Vfs", [](auto& f) { f.podman->storage_driver = "vfs"; }, "storage driver",
             "warn storage driver: vfs, which copies whole images for each container"},
        Case{"NeverUsed", [](auto& f) { f.podman.reset(); }, "storage driver",
             "skipped storage driver: `builder` never used podman; the first use chooses one"},
        Case{"StorageOfNothing", [](auto& f) { f.podman_version = ""; }, "storage driver", "skipped storage driver: podman can't be asked"},
        Case{"NoBootstrap", [](auto& f) { f.programs = {"crun"}; }, "mmdebstrap",
             "warn mmdebstrap: is not there; base images can't be built where no registry answers"},
        Case{"BootstrapUnused", [](auto& f) { f.builds_base = false; }, "mmdebstrap", "skipped mmdebstrap: nothing here is built with it"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Resources, Verdicts,
    testing::Values(
        Case{"LittleRoom", [](auto& f) { f.disks[1].free_bytes = 3 * kGiB; }, "room for podman",
             "warn room for podman: 3.0 GiB free at `/home/builder/storage`"},
        Case{"NoRoom", [](auto& f) { f.disks[0].free_bytes = kGiB / 2; }, "room for project", "fail room for project: 0.5 GiB free at `/src`"},
        Case{"ClockBehindFiles", [](auto& f) { f.newest_file = TimeFacts{"/src/envs", kNow + 3600}; }, "clock",
             "warn clock: it is 2027-01-15 08:00:00 UTC, and `/src/envs` was changed at 2027-01-15 09:00:00 UTC"},
        Case{"ClockAgainstServer", [](auto& f) { f.server = TimeFacts{"https://registry.test/v2/", kNow + 90}; }, "clock",
             "fail clock: 90 s behind https://registry.test/v2/"},
        Case{"ClockAgrees", [](auto& f) { f.server = TimeFacts{"https://registry.test/v2/", kNow - 2}; }, "clock",
             "ok clock: 2 s ahead of https://registry.test/v2/"},
        Case{"PortOfAProgram", [](auto& f) { f.ports[0].problem = "Address already in use", f.ports[0].listeners = {{"127.0.0.1", 12, "python3"}}; },
             "port public", "fail port public: 127.0.0.1:8000 is taken by `python3` (process 12)"},
        Case{"PortOfAStranger", [](auto& f) { f.ports[0].problem = "Address already in use", f.ports[0].listeners = {{"0.0.0.0", 0, ""}}; },
             "port public", "fail port public: 127.0.0.1:8000 is taken by a process of another user"},
        Case{"PortOfAnotherPod",
             [](auto& f) { f.ports[0].problem = "Address already in use", f.ports[0].container = "b-hub", f.ports[0].pod = "b"; }, "port public",
             "fail port public: 127.0.0.1:8000 is taken by container `b-hub` of pod `b`"},
        Case{"PortOfOurPod",
             [](auto& f) { f.ports[0].problem = "Address already in use", f.ports[0].container = "c", f.ports[0].pod = "hub-of-dev"; }, "port public",
             "ok port public: 127.0.0.1:8000 is published by this environment's pod"},
        Case{"PortOfAnotherMachine", [](auto& f) { f.ports[0].problem = "Cannot assign requested address"; }, "port public",
             "fail port public: 127.0.0.1:8000 can't be taken: Cannot assign requested address"}),
    name_of);

TEST(Machine, FindingsAsData) {
  const std::vector<Finding> findings{good("a", "fine"), {"b", Verdict::fail, "broken", "mend it"}};
  EXPECT_EQ(doc::emit_json(to_value(findings)),
            R"({"healthy":false,"findings":[{"check":"a","verdict":"ok","evidence":"fine","fix":""},)"
            R"({"check":"b","verdict":"fail","evidence":"broken","fix":"mend it"}]})");
  EXPECT_FALSE(has_failure({good("a", ""), skipped("b", ""), {"c", Verdict::warn, "", ""}}));
}

}  // namespace
}  // namespace app
