#include "envtool/app/ready.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <vector>

#include "envtool/app/execute.h"

namespace app {
namespace {

using std::chrono::milliseconds;
using testing::Each;
using testing::Ge;
using testing::Le;

/// A container that is ready at the n-th question, each of which takes its time.
class SlowContainer : public sys::Processes, public http::Client, public sys::Clock {
 public:
  using sys::Processes::run;
  SlowContainer(int ready_at, milliseconds takes) : ready_at_(ready_at), takes_(takes) {}

  sys::Result run(const sys::Command& command, const sys::Io&, std::stop_token) override {
    if (std::ranges::count(command.argv, "inspect") != 0) return {0, "running", "", false, false};
    time_ += takes_;
    return {++asked_ < ready_at_ ? 1 : 0, "", "", false, false};
  }
  int run_foreground(const sys::Command&) override { return 0; }
  http::Response send(const http::Request&, std::stop_token) override { return {}; }
  Time now() override { return time_; }
  void pause(milliseconds time, std::stop_token) override {
    pauses.push_back(time);
    time_ += time;
  }

  std::vector<milliseconds> pauses;

 private:
  int ready_at_;
  milliseconds takes_;
  int asked_ = 0;
  Time time_{};
};

std::vector<milliseconds> pauses_of(int ready_at, milliseconds takes) {
  SlowContainer world(ready_at, takes);
  const podman::Podman podman(world, {});
  Probe probe;
  probe.container = "c";
  wait_until_ready(probe, {world, world, podman, world}, [](const std::string&) {}, {});
  return world.pauses;
}

TEST(WaitUntilReady, AsksMoreAndMoreRarely) {
  const std::vector<milliseconds> pauses = pauses_of(8, milliseconds(1));
  ASSERT_EQ(pauses.size(), 7U);
  EXPECT_EQ(pauses.front(), milliseconds(50));
  EXPECT_EQ(pauses.back(), milliseconds(500));
  EXPECT_TRUE(std::is_sorted(pauses.begin(), pauses.end()));
}

TEST(WaitUntilReady, AQuestionThatTakesLongIsAskedMoreRarelyFromTheBeginning) {
  EXPECT_THAT(pauses_of(3, milliseconds(120)), Each(Ge(milliseconds(360))));
  EXPECT_THAT(pauses_of(3, milliseconds(1000)), Each(Le(milliseconds(500))));
}

}  // namespace
}  // namespace app
