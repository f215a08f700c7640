#include "envtool/podman/monitor.h"

#include <gmock/gmock.h>

#include "tests/support/temporary_folder.h"

namespace podman {
namespace {

using testing::ElementsAre;

class Monitor : public testing::Test {
 protected:
  void add_process(const std::string& pid, const std::string& command_line) {
    folder_.write(pid + "/cmdline", command_line);
  }

  test::TemporaryFolder folder_;
};

TEST_F(Monitor, IsFoundByItsCommandLine) {
  using namespace std::string_literals;
  add_process("12", "/usr/bin/conmon\0--api-version\0"s "1\0-c\0one\0-u\0one\0"s);
  add_process("13", "conmon\0-c\0two\0"s);
  add_process("14", "/usr/bin/other\0-c\0three\0"s);
  add_process("15", "conmon\0-c\0"s);
  add_process("16", "");
  add_process("self", "conmon\0-c\0four\0"s);
  std::filesystem::create_directory(folder_.path() / "17");
  EXPECT_THAT(monitored_containers(folder_.path()), ElementsAre("one", "two"));
}

Pod pod_of(std::vector<Container> containers) { return {"p", "pod", "Running", {}, std::move(containers)}; }

TEST(AsSeen, IsPodmansWordWhereAMonitorLives) {
  EXPECT_EQ(as_seen(pod_of({{"one", "a", "running"}}), {"one"}).state, "Running");
  EXPECT_EQ(as_seen(pod_of({{"", "a", "running"}}), {}).state, "Running");
}

TEST(AsSeen, IsDegradedWhereOneDoesNot) {
  const Pod pod = as_seen(pod_of({{"one", "a", "running"}, {"two", "b", "running"}, {"three", "c", "exited"}}), {"one"});
  EXPECT_EQ(pod.state, "Degraded");
  EXPECT_EQ(pod.containers[0].state, "running");
  EXPECT_EQ(pod.containers[1].state, "dead");
  EXPECT_EQ(pod.containers[2].state, "exited");
}

}  // namespace
}  // namespace podman
