#include "envtool/app/overview.h"

#include <gmock/gmock.h>

#include "envtool/doc/json.h"

namespace app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t kStart = 1'795'280'888;

podman::ListedContainer container(const std::string& env, const std::string& instance, const std::string& state, std::int64_t started = kStart) {
  podman::ListedContainer one{{"id", "app", state}, "pod-" + env + instance, {{"io.envtool.environment", env}}, {"127.0.0.1:8001"}, started};
  if (!instance.empty()) one.labels["io.envtool.instance"] = instance;
  return one;
}

std::vector<RunningInstance> seen(const std::vector<podman::ListedContainer>& containers, const std::set<std::string>& monitored = {"id"}) {
  return running_instances(containers, {"dev", "prod"}, monitored);
}

TEST(RunningInstances, AreSortedByEnvironmentAndInstance) {
  std::vector<std::string> names;
  for (const auto& one : seen({container("prod", "", "running"), container("dev", "b", "running"), container("dev", "", "running")})) {
    names.push_back(one.environment + ":" + one.instance);
  }
  EXPECT_THAT(names, ElementsAre("dev:", "dev:b", "prod:"));
}

TEST(RunningInstances, AreTheProjectsOwn) { EXPECT_THAT(seen({container("other", "", "running")}), IsEmpty()); }

TEST(RunningInstances, CountAPodOnce) {
  const auto found = seen({container("dev", "a", "running", kStart + 5), container("dev", "a", "running"), container("dev", "a", "running", 0)});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].state, "Running");
  EXPECT_EQ(found[0].since, kStart);
  EXPECT_THAT(found[0].addresses, ElementsAre("127.0.0.1:8001"));
}

TEST(RunningInstances, HaveTheStateOfTheirContainers) {
  const auto state = [](const std::string& one, const std::string& other) {
    return seen({container("dev", "", one), container("dev", "", other)}).at(0).state;
  };
  EXPECT_EQ(state("running", "running"), "Running");
  EXPECT_EQ(state("running", "exited"), "Degraded");
  EXPECT_EQ(state("exited", "exited"), "Exited");
  EXPECT_EQ(state("created", "created"), "Created");
}

TEST(RunningInstances, DontRunWithoutAMonitor) { EXPECT_EQ(seen({container("dev", "", "running")}, {}).at(0).state, "Exited"); }

TEST(RunningInstances, AsJson) {
  EXPECT_EQ(doc::canonical_json(to_value(seen({container("dev", "a", "running")}))),
            R"([{"addresses":["127.0.0.1:8001"],"environment":"dev","instance":"a","pod":"pod-deva","since":"2026-11-21T17:08:08Z","state":"Running"}])");
}

TEST(TimeText, IsUtc) {
  EXPECT_EQ(time_text(kStart), "2026-11-21T17:08:08Z");
  EXPECT_EQ(time_text(0), "");
}

}  // namespace
}  // namespace app
