#include "envtool/podman/podman.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/support/errors.h"
#include "tests/support/recording_processes.h"

namespace podman {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Verbs : public testing::Test {
 protected:
  std::string only_line() const { return processes_.lines().size() == 1 ? processes_.lines()[0] : "not one call"; }

  test::RecordingProcesses processes_;
  const Podman podman_{processes_, Launcher{}};
};

TEST_F(Verbs, Version) {
  processes_.prints("podman version 4.3.1\n");
  EXPECT_EQ(podman_.version(), "4.3.1");
  EXPECT_EQ(only_line(), "podman --version");
}

TEST_F(Verbs, VersionThatNobodyKnows) {
  processes_.prints("what?\n");
  EXPECT_EQ(error_of([&] { podman_.version(); }), "error: `podman --version` printed `what?`\n");
}

TEST_F(Verbs, Info) {
  processes_.prints(R"({"host": {"ociRuntime": {"name": "runc", "path": "/usr/sbin/runc"}, "cgroupVersion": "v1"},
                        "store": {"graphDriverName": "overlay", "graphRoot": "/home/u/.local/share/containers/storage"}})");
  const Info info = podman_.info();
  EXPECT_EQ(info.runtime, "runc");
  EXPECT_EQ(info.storage_driver, "overlay");
  EXPECT_EQ(info.storage_root, "/home/u/.local/share/containers/storage");
  EXPECT_EQ(only_line(), "podman info --format json");
}

TEST_F(Verbs, PublishedPorts) {
  processes_.prints(R"([{"Names": ["pod-hub"], "PodName": "pod", "Ports": [{"host_ip": "127.0.0.1", "container_port": 8000,
                         "host_port": 8017, "range": 1, "protocol": "tcp"}]}, {"Names": ["lonely"], "PodName": "", "Ports": null}])");
  const std::vector<PublishedPort> ports = podman_.published_ports();
  ASSERT_THAT(ports, SizeIs(1));
  EXPECT_EQ(ports[0].container, "pod-hub");
  EXPECT_EQ(ports[0].pod, "pod");
  EXPECT_EQ(ports[0].host_port, 8017);
  EXPECT_EQ(only_line(), "podman ps --pod --format json");
}

TEST_F(Verbs, ContainersWithALabel) {
  processes_.prints(R"([{"Id": "1", "Names": ["pod-hub"], "PodName": "pod", "State": "running", "StartedAt": 1795280888,
      "Labels": {"io.envtool.environment": "dev"}, "Ports": [{"host_ip": "", "container_port": 8000, "host_port": 8017, "range": 1, "protocol": "tcp"}]},
      {"Id": "2", "Names": ["lonely"], "PodName": "", "Ports": null}])");
  const std::vector<ListedContainer> found = podman_.containers_with("io.envtool.environment");
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].container.name, "pod-hub");
  EXPECT_EQ(found[0].container.state, "running");
  EXPECT_EQ(found[0].pod, "pod");
  EXPECT_EQ(found[0].labels.at("io.envtool.environment"), "dev");
  EXPECT_THAT(found[0].addresses, ElementsAre("0.0.0.0:8017"));
  EXPECT_EQ(found[0].started_at, 1795280888);
  EXPECT_EQ(only_line(), "podman ps --all --pod --format json --filter label=io.envtool.environment");
}

// As podman 4.3.1 prints it.
constexpr const char* kImages = R"([
    {
        "Id": "b29c19e25f64ec98c640c3248a8ac2f57bff5705ac5b4bd6c393cea973a7ca94",
        "ParentId": "6277557353923069ad1424bf4a8c4a91b7782c5116aec18100f6fdeccd4ec3fa",
        "RepoTags": null,
        "RepoDigests": ["localhost/brics_slurm@sha256:e4de5c474972209caae6621eb674e9e2eb14ac1621453859e2cf7df6ebb4b7c4"],
        "Size": 650430289, "SharedSize": 0, "VirtualSize": 650430289,
        "Labels": {"io.buildah.version": "1.28.2", "io.envtool.key": "610f6ae58c7b52c8857934b4b1c76d345e9542e4"},
        "Containers": 0,
        "Names": ["localhost/brics_slurm:dev-latest"],
        "Digest": "sha256:e4de5c474972209caae6621eb674e9e2eb14ac1621453859e2cf7df6ebb4b7c4",
        "History": ["localhost/brics_slurm:dev-latest"],
        "Created": 1795259369, "CreatedAt": "2026-11-21T11:09:29Z"
    },
    {"Id": "0123", "RepoTags": null, "Labels": null, "Containers": 1, "Dangling": true, "Created": 1, "CreatedAt": "x"}
])";

TEST_F(Verbs, Images) {
  processes_.prints(kImages);
  const std::vector<Image> images = podman_.images();
  ASSERT_THAT(images, SizeIs(2));
  EXPECT_EQ(images[0].id, "b29c19e25f64ec98c640c3248a8ac2f57bff5705ac5b4bd6c393cea973a7ca94");
  EXPECT_THAT(images[0].names, ElementsAre("localhost/brics_slurm:dev-latest"));
  EXPECT_EQ(images[0].labels.at("io.envtool.key"), "610f6ae58c7b52c8857934b4b1c76d345e9542e4");
  EXPECT_THAT(images[1].names, IsEmpty());
  EXPECT_THAT(images[1].labels, IsEmpty());
  EXPECT_EQ(only_line(), "podman images --format json");
}

TEST(Images, OfBuildsThatWereCutOff) {
  const std::string hash = "e2f573ec3cdad65172ab40fd5388a32e00206faf3f1fbd3d5b4c9200690e6314";
  EXPECT_TRUE(is_name_of_unfinished_build("docker.io/library/" + hash + "-tmp:latest"));
  for (const std::string other : {"docker.io/library/app-tmp:latest", "localhost/", "docker.io/library/"}) {
    EXPECT_FALSE(is_name_of_unfinished_build(other)) << other;
    EXPECT_FALSE(is_name_of_unfinished_build(other + hash)) << other;
  }
  EXPECT_FALSE(is_name_of_unfinished_build("localhost/library/" + hash + "-tmp:latest"));
  EXPECT_FALSE(is_name_of_unfinished_build("docker.io/library/" + std::string(64, 'g') + "-tmp:latest"));
}

TEST_F(Verbs, ListsOfNothing) {
  for (const char* nothing : {"", "[]\n", "null\n", "[\n]\n"}) {
    processes_.prints(nothing);
    EXPECT_THAT(podman_.images(), IsEmpty()) << nothing;
  }
}

TEST_F(Verbs, ListsThatAreNone) {
  processes_.prints("{\"a\": 1}");
  EXPECT_EQ(error_of([&] { podman_.images(); }), "error: `podman images` printed no list in JSON\nnote: it printed `{\"a\": 1}`\n");
  processes_.prints("Error");
  EXPECT_EQ(error_of([&] { podman_.volumes(); }), "error: `podman volume ls` printed no list in JSON\nnote: it printed `Error`\n");
}

TEST_F(Verbs, Volumes) {
  processes_.prints(R"([
  {
    "Name": "slurm_root_dev", "Driver": "local",
    "Mountpoint": "/home/envtool/.local/share/containers/storage/volumes/slurm_root_dev/_data",
    "CreatedAt": "2026-11-21T11:05:01.957472555Z",
    "Labels": {"io.envtool.environment": "dev", "io.envtool.key": "bd2e"},
    "Scope": "local", "Options": {}, "MountCount": 0, "NeedsCopyUp": true, "NeedsChown": true
  }
])");
  const std::vector<Volume> volumes = podman_.volumes();
  ASSERT_THAT(volumes, SizeIs(1));
  EXPECT_EQ(volumes[0].name, "slurm_root_dev");
  EXPECT_EQ(volumes[0].mount_point, "/home/envtool/.local/share/containers/storage/volumes/slurm_root_dev/_data");
  EXPECT_EQ(volumes[0].labels.at("io.envtool.key"), "bd2e");
  EXPECT_EQ(only_line(), "podman volume ls --format json");
}

// podman 4.3.1's fields, as far as they matter.
constexpr const char* kInspectedImage = R"({"Id": "1", "RepoTags": ["localhost/hub:1", "localhost/hub:2"], "Labels": {"io.envtool.key": "k1"}})";
constexpr const char* kInspectedPod = R"({"Id": "2", "Name": "hub-dev", "State": "Running", "Labels": {"app": "hub"}, "InfraContainerID": "i2",
  "Containers": [{"Id": "i2", "Name": "2-infra", "State": "running"}, {"Id": "c1", "Name": "hub-dev-jupyterhub", "State": "running"}]})";

TEST_F(Verbs, InspectAsksForImagesAndThePodAtOnce) {
  processes_.prints(fmt::format("[{}, {}]", kInspectedImage, kInspectedPod));
  const Inspected inspected = podman_.inspect({"localhost/hub:1"}, "hub-dev");
  ASSERT_THAT(inspected.images, SizeIs(1));
  EXPECT_THAT(inspected.images[0].names, ElementsAre("localhost/hub:1", "localhost/hub:2"));
  EXPECT_EQ(inspected.images[0].labels.at("io.envtool.key"), "k1");
  ASSERT_TRUE(inspected.pod);
  EXPECT_EQ(inspected.pod->id, "2");
  EXPECT_EQ(inspected.pod->state, "Running");
  ASSERT_THAT(inspected.pod->containers, SizeIs(1));
  EXPECT_EQ(inspected.pod->containers[0].name, "hub-dev-jupyterhub");
  EXPECT_EQ(inspected.pod->containers[0].state, "running");
  EXPECT_EQ(only_line(), "podman inspect localhost/hub:1 hub-dev");
}

TEST_F(Verbs, InspectLeavesOutWhatIsNotThere) {
  processes_.answer({125, fmt::format("[{}]", kInspectedImage), "error inspecting object: no such object: \"hub-dev\"\n"
                                                               "Error: inspecting object: no such object: \"localhost/a:1\"\n"});
  const Inspected inspected = podman_.inspect({"localhost/a:1", "localhost/hub:2"}, "hub-dev");
  EXPECT_THAT(inspected.images, SizeIs(1));
  EXPECT_FALSE(inspected.pod);
}

/// A name may be that of a container, a network or another image as well, and an answer may end too soon.
TEST_F(Verbs, InspectListsEverythingWhereNamesHideEachOther) {
  for (const char* answer : {R"([{"Name": "hub-dev", "State": {"Status": "running"}}])", R"([{"name": "hub-dev", "driver": "bridge"}])",
                             R"([{"Id": "1", "RepoTags": ["localhost/hub-dev:latest"]}])", "[]"}) {
    processes_.prints(answer);
    processes_.prints(kImages);
    processes_.prints(R"([{"Id": "2", "InfraId": "i2", "Name": "hub-dev", "Status": "Running"}])");
    const Inspected inspected = podman_.inspect({}, "hub-dev");
    EXPECT_THAT(inspected.images, SizeIs(2)) << answer;
    EXPECT_TRUE(inspected.pod) << answer;
  }
}

TEST_F(Verbs, InspectThatFailsOtherwiseIsAnError) {
  processes_.fails(125, "Error: database is locked\n");
  EXPECT_EQ(error_of([&] { podman_.inspect({}, "hub-dev"); }),
            "error: `podman inspect hub-dev` failed with exit code 125\nnote: Error: database is locked\n");
}

TEST_F(Verbs, FindPodTakesTheExactName) {
  // The filter takes names for regular expressions.
  processes_.prints(R"([
    {"Id": "1", "InfraId": "i1", "Name": "hub-dev2", "Status": "Running", "Labels": null, "Containers": []},
    {"Id": "2", "InfraId": "i2", "Name": "hub-dev", "Status": "Degraded", "Labels": {"app": "hub"}, "Cgroup": "", "Created": "x",
     "Containers": [{"Id": "i2", "Names": "2-infra", "Status": "running"},
                    {"Id": "c1", "Names": "hub-dev-jupyterhub", "Status": "running"},
                    {"Id": "c2", "Names": "hub-dev-slurm", "Status": "exited"}]}])");
  const std::optional<Pod> pod = podman_.find_pod("hub-dev");
  ASSERT_TRUE(pod);
  EXPECT_EQ(pod->id, "2");
  EXPECT_EQ(pod->state, "Degraded");
  EXPECT_EQ(pod->labels.at("app"), "hub");
  ASSERT_THAT(pod->containers, SizeIs(2));
  EXPECT_EQ(pod->containers[0].name, "hub-dev-jupyterhub");
  EXPECT_EQ(pod->containers[1].state, "exited");
  EXPECT_EQ(only_line(), "podman pod ps --format json --filter name=hub-dev");
}

TEST_F(Verbs, FindPodFindsNone) {
  processes_.prints("[]\n");
  EXPECT_FALSE(podman_.find_pod("hub"));
}

TEST_F(Verbs, Secrets) {
  processes_.prints("NAME\none\ntwo\n\n");
  EXPECT_THAT(podman_.secrets(), ElementsAre("one", "two"));
  processes_.prints("");
  EXPECT_THAT(podman_.secrets(), IsEmpty());
}

TEST_F(Verbs, VolumeFolder) {
  processes_.prints("/home/envtool/.local/share/containers/storage/volumes\n");
  EXPECT_EQ(podman_.volume_folder(), "/home/envtool/.local/share/containers/storage/volumes");
}

TEST_F(Verbs, Build) {
  std::vector<std::string> lines;
  processes_.answer({0, "STEP 1/2: FROM x\nSTEP 2/2: RUN y\n", "time=... failed to connect to syslog\n\nlast", false, false});
  podman_.build({"localhost/x:1", [](const sys::Sink& sink) { sink("tar"); }, "Containerfile", "stage-dev", {{"B", "2"}, {"A", "$(x)"}},
                 {{"io.envtool.key", "k"}}, {"/a:/b:ro"}},
                [&](const std::string& line) { lines.push_back(line); }, {});
  EXPECT_EQ(only_line(),
            "podman build --tag localhost/x:1 --file Containerfile --target stage-dev --build-arg 'A=$(x)' --build-arg B=2 "
            "--label io.envtool.key=k --volume /a:/b:ro -");
  EXPECT_EQ(processes_.calls()[0].input, "tar");
  EXPECT_THAT(lines, ElementsAre("STEP 1/2: FROM x", "STEP 2/2: RUN y"));
}

TEST_F(Verbs, BuildThatFailsShowsTheLastLines) {
  std::string out;
  for (int i = 1; i <= 30; ++i) out += "line " + std::to_string(i) + "\n";
  processes_.answer({2, out, "", false, false});
  const std::string error = error_of([&] { podman_.build({"x", {}, "Containerfile", "", {}, {}, {}}, {}, {}); });
  EXPECT_THAT(error, testing::StartsWith("error: `podman build --tag` failed with exit code 2\nnote: line 11\nline 12\n"));
  EXPECT_THAT(error, testing::EndsWith("line 30\n"));
}

TEST_F(Verbs, VolumesAreMadeFilledAndRead) {
  podman_.create_volume("v_x", {{"b", "2"}, {"a", "1"}});
  podman_.import_volume("v_x", [](const sys::Sink& sink) { sink("tar bytes"); }, {});
  processes_.prints("");
  processes_.prints("exported");
  std::string exported;
  podman_.remove_volume("v_x");
  podman_.export_volume("v_x", [&](std::string_view bytes) { exported += bytes; }, {});
  EXPECT_THAT(processes_.lines(), ElementsAre("podman volume create --label a=1 --label b=2 v_x", "podman volume import v_x -",
                                              "podman volume rm v_x", "podman volume export v_x"));
  EXPECT_EQ(processes_.calls()[1].input, "tar bytes");
  EXPECT_EQ(exported, "exported");
}

TEST_F(Verbs, ImagesAreImportedTaggedAndRemoved) {
  podman_.import_image("/tmp/root.tar", "localhost/debian:host", {"CMD /bin/sh"}, {});
  podman_.tag("abc", "localhost/x:1");
  podman_.remove_image("localhost/x:1");
  EXPECT_THAT(processes_.lines(), ElementsAre("podman import --quiet --change 'CMD /bin/sh' /tmp/root.tar localhost/debian:host",
                                              "podman tag abc localhost/x:1", "podman rmi localhost/x:1"));
}

TEST_F(Verbs, Play) {
  podman_.play({"/d/combined.yaml", {"/d/a.yaml", "/d/b.yaml"}}, {});
  EXPECT_EQ(only_line(), "podman kube play --quiet --build=false --configmap /d/a.yaml --configmap /d/b.yaml /d/combined.yaml");
}

TEST_F(Verbs, PlayFailsForAContainerThatWasNeverFinished) {
  processes_.fails(125, "Error: creating container storage: the container name \"p-app\" is already in use by 4b75. You have to remove that "
                        "container to be able to reuse that name: that name is already in use\n");
  try {
    podman_.play({"/d/combined.yaml", {}}, {});
    FAIL() << "played";
  } catch (const base::Error& error) {
    EXPECT_EQ(container_in_the_way(error), "p-app");
  }
  EXPECT_EQ(container_in_the_way(base::Error("podman failed").note("Error: name \"p-app\" is in use: container already exists")), "");
}

TEST_F(Verbs, PlayFailsForANetworkThatWasNeverFinished) {
  processes_.fails(125, "Error: failed to start 2 containers\nfailed to mount runtime directory for rootless netns: no such file or directory\n");
  try {
    podman_.play({"/d/combined.yaml", {}}, {});
    FAIL() << "played";
  } catch (const base::Error& error) {
    EXPECT_TRUE(is_about_network(error));
  }
  EXPECT_FALSE(is_about_network(base::Error("podman failed").note("Error: database is locked")));
  EXPECT_TRUE(podman_.remove_unfinished_network());
  EXPECT_THAT(processes_.lines().back(), testing::StartsWith("podman unshare sh -c"));
  processes_.fails(1, "");
  EXPECT_FALSE(podman_.remove_unfinished_network());
}

TEST_F(Verbs, PlayOnANetwork) {
  podman_.play({"/d/combined.yaml", {"/d/a.yaml"}, "cluster"}, {});
  EXPECT_EQ(only_line(), "podman kube play --quiet --build=false --configmap /d/a.yaml --network cluster /d/combined.yaml");
}

TEST_F(Verbs, PlayToStartLater) {
  podman_.play({"/d/combined.yaml", {}, "", Start::later}, {});
  EXPECT_EQ(only_line(), "podman kube play --quiet --build=false --start=false /d/combined.yaml");
}

TEST_F(Verbs, PortsAreFreeWhenTheInfraContainerHasEnded) {
  processes_.prints("c0ffee\n");
  podman_.free_ports("hub");
  EXPECT_THAT(processes_.lines(), ElementsAre("podman pod inspect --format '{{.InfraContainerID}}' hub", "podman stop --time 1 c0ffee"));
}

TEST_F(Verbs, ImagesOfAPodAreThoseThatItsContainersRun) {
  processes_.prints(R"([{"Names": ["hub-app"], "PodName": "hub", "ImageID": "0a1b"}, {"Names": ["hubs-app"], "PodName": "hubs", "ImageID": "2c"}])");
  EXPECT_EQ(podman_.images_of_pod("hub"), (std::map<std::string, std::string>{{"hub-app", "0a1b"}}));
  EXPECT_EQ(only_line(), "podman ps --all --pod --format json --filter pod=hub");
}

TEST_F(Verbs, RemovePodStopsFirst) {
  podman_.remove_pod("hub", std::chrono::seconds(20));
  EXPECT_THAT(processes_.lines(), ElementsAre("podman pod stop --time 20 hub", "podman pod rm --force hub"));
}

TEST_F(Verbs, RemovePodGoesOnWhenStoppingHangs) {
  sys::Result hung;
  hung.exit_code = 143;
  hung.timed_out = true;
  processes_.answer(hung);
  podman_.remove_pod("hub", std::chrono::seconds(20));
  EXPECT_THAT(processes_.lines(), ElementsAre("podman pod stop --time 20 hub", "podman pod rm --force hub"));
}

// podman 4.3.1's words for a container whose monitor was killed together with it.
TEST_F(Verbs, RemovePodGoesOnWhenStoppingFails) {
  processes_.fails(125, "Error: stopping container 12: timed out waiting for file exits/12: internal libpod error\n");
  podman_.remove_pod("hub", std::chrono::seconds(20));
  EXPECT_THAT(processes_.lines(), ElementsAre("podman pod stop --time 20 hub", "podman pod rm --force hub"));
}

// podman 4.3.1's words.
TEST_F(Verbs, WhatIsAbsentNeedsNoRemoval) {
  processes_.fails(125, "Error: no pod with name or ID x found: no such pod\n");
  podman_.remove_pod("x", std::chrono::seconds(1));
  processes_.fails(1, "Error: no volume with name \"x\" found: no such volume\n");
  podman_.remove_volume("x");
  processes_.fails(1, "Error: no secret with name or id \"x\": no such secret\n");
  podman_.remove_secret("x");
  processes_.fails(1, "Error: x: image not known\n");
  podman_.remove_image("x");
  EXPECT_THAT(processes_.lines(),
              ElementsAre("podman pod stop --time 1 x", "podman volume rm x", "podman secret rm x", "podman rmi x"));
}

TEST_F(Verbs, AFileThatIsMissingIsNoAbsentObject) {
  processes_.fails(125, "Error: /run/user/1/containers: no such file or directory\n");
  EXPECT_NE(error_of([&] { podman_.remove_volume("x"); }), "");
}

TEST_F(Verbs, APodThatCannotBeStoppedIsRemovedAllTheSame) {
  processes_.fails(125, "Error: container state improper\n");
  podman_.remove_pod("hub", std::chrono::seconds(20));
  EXPECT_THAT(processes_.lines(), ElementsAre("podman pod stop --time 20 hub", "podman pod rm --force hub"));
}

TEST_F(Verbs, AFolderThatIsNoneIsRefused) {
  processes_.prints("nonsense\n");
  EXPECT_NE(error_of([&] { podman_.volume_folder(); }), "");
}

// As podman 4.3.1 prints them.
TEST_F(Verbs, WorkingContainersAreThoseOfBuilds) {
  processes_.prints(R"([{"Id":"a1","Command":["buildah"],"ImageID":"5e","State":"storage"},{"Id":"b2","Command":["sleep"],"ImageID":"5e"}])");
  const std::vector<WorkingContainer> found = podman_.working_containers();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id, "a1");
  EXPECT_EQ(found[0].image, "5e");
}

TEST_F(Verbs, HistoryKnowsWhatWasBuiltHere) {
  processes_.prints("5e\n4d\n<missing>\n");
  EXPECT_THAT(podman_.history("app"), ElementsAre("5e", "4d"));
  processes_.fails(125, "Error: app: image not known\n");
  EXPECT_THAT(podman_.history("app"), ElementsAre());
}

TEST_F(Verbs, WhatIsInUseIsAnError) {
  processes_.fails(2, "Error: volume x is being used by the following container(s): 12: volume is being used\n");
  EXPECT_EQ(error_of([&] { podman_.remove_volume("x"); }),
            "error: `podman volume rm` failed with exit code 2\n"
            "note: Error: volume x is being used by the following container(s): 12: volume is being used\n");
}

TEST_F(Verbs, NoiseIsNoReport) {
  processes_.fails(125, "time=\"x\" level=error msg=\"failed to connect to syslog: dial\"\n\nError: it broke\n");
  EXPECT_EQ(error_of([&] { podman_.tag("a", "b"); }),
            "error: `podman tag a` failed with exit code 125\nnote: Error: it broke\n");
}

TEST_F(Verbs, SilentFailuresHaveNoNote) {
  processes_.fails(125, "");
  EXPECT_EQ(error_of([&] { podman_.tag("a", "b"); }), "error: `podman tag a` failed with exit code 125\n");
}

TEST_F(Verbs, InterruptionAndTimeOutAreNamed) {
  processes_.answer({143, "", "", false, true});
  EXPECT_EQ(error_of([&] { podman_.play({"/m", {}}, {}); }), "error: `podman kube play` was interrupted\n");
  processes_.answer({143, "", "", true, false});
  EXPECT_EQ(error_of([&] { podman_.play({"/m", {}}, {}); }), "error: `podman kube play` took too long\n");
}

TEST_F(Verbs, ExecGivesTheResult) {
  processes_.answer({3, "out", "err", false, false});
  const sys::Result result = podman_.exec("hub-slurm", {"sinfo", "--format=%T"}, {});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.out, "out");
  EXPECT_EQ(only_line(), "podman exec hub-slurm sinfo --format=%T");
}

TEST_F(Verbs, ContainerState) {
  processes_.prints("running\n");
  EXPECT_EQ(podman_.container_state("c"), "running");
  processes_.fails(125, "Error: inspecting object: no such container c\n");
  EXPECT_EQ(podman_.container_state("c"), "");
}

TEST_F(Verbs, Logs) {
  processes_.answer({0, "one\n", "two\nfailed to connect to syslog\n", false, false});
  EXPECT_EQ(podman_.logs("c", 5), "one\ntwo");
  EXPECT_EQ(only_line(), "podman logs --tail 5 c");
}

TEST_F(Verbs, ForegroundPassesTheExitCode) {
  processes_.answer({42, "", "", false, false});
  EXPECT_EQ(podman_.run_foreground({"exec", "-it", "c", "bash"}), 42);
}

TEST_F(Verbs, WithoutPodmanThereIsAnError) {
  processes_.break_at(1);
  EXPECT_EQ(error_of([&] { podman_.images(); }), "error: no more processes\n");
}

TEST(Launch, RunsAsTheAccountAwayFromTheWorkingDirectory) {
  test::RecordingProcesses processes;
  const sys::User user{"dev", 1234, 1234, "/home/dev", "/bin/sh"};
  const Podman podman(processes, {"/opt/podman", user, std::vector<std::string>{"HOME=/home/dev"}});
  podman.tag("a", "b");
  const sys::Command& command = processes.calls()[0].command;
  EXPECT_THAT(command.argv, ElementsAre("/opt/podman", "tag", "a", "b"));
  EXPECT_THAT(*command.environment, ElementsAre("HOME=/home/dev"));
  EXPECT_EQ(command.user->uid, 1234U);
  EXPECT_EQ(command.directory, "/");
}

}  // namespace
}  // namespace podman
