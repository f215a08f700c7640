// Each case runs in a process of its own: signals belong to the whole process.
#include "envtool/sys/signals.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>

namespace sys {
namespace {

/// Whether a stop is requested within ten seconds.
bool stops(const std::stop_token& token) {
  for (int i = 0; i < 1000 && !token.stop_requested(); ++i) usleep(10'000);
  return token.stop_requested();
}

class StopOnSignalsDeathTest : public testing::TestWithParam<int> {
 protected:
  void SetUp() override { testing::FLAGS_gtest_death_test_style = "threadsafe"; }
};

TEST_P(StopOnSignalsDeathTest, TheFirstAsks) {
  EXPECT_EXIT(
      {
        const StopOnSignals signals;
        kill(getpid(), GetParam());
        _exit(stops(signals.token()) ? 7 : 8);
      },
      testing::ExitedWithCode(7), "");
}

TEST_P(StopOnSignalsDeathTest, TheSecondEnds) {
  EXPECT_EXIT(
      {
        const StopOnSignals signals;
        kill(getpid(), GetParam());
        stops(signals.token());
        kill(getpid(), GetParam());
        sleep(10);
        _exit(8);
      },
      testing::ExitedWithCode(130), "");
}

TEST_P(StopOnSignalsDeathTest, AfterwardsSignalsEndTheProcess) {
  EXPECT_EXIT(
      {
        { const StopOnSignals signals; }
        kill(getpid(), GetParam());
        sleep(10);
        _exit(8);
      },
      testing::KilledBySignal(GetParam()), "");
}

INSTANTIATE_TEST_SUITE_P(, StopOnSignalsDeathTest, testing::Values(SIGINT, SIGTERM, SIGHUP));

TEST(StopOnSignals, NothingHappensByItself) {
  const StopOnSignals signals;
  EXPECT_FALSE(signals.token().stop_requested());
}

}  // namespace
}  // namespace sys
