#include "envtool/graph/run.h"

#include <gmock/gmock.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

namespace graph {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

/// Notes what it is told; complains when it is told two things at once.
class Journal : public Progress {
 public:
  void started(std::size_t node) override {
    const Turn turn(*this);
    begun.push_back(node);
  }
  void finished(std::size_t node, const Outcome& outcome) override {
    const Turn turn(*this);
    ended.push_back(node);
    states.push_back(outcome.state);
  }

  std::vector<std::size_t> begun;
  std::vector<std::size_t> ended;
  std::vector<State> states;

 private:
  struct Turn {
    explicit Turn(Journal& j) : journal(j) { EXPECT_FALSE(journal.busy_.exchange(true)); }
    ~Turn() { journal.busy_ = false; }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    Journal& journal;
  };
  std::atomic<bool> busy_ = false;
};

std::vector<State> states_of(const std::vector<Outcome>& outcomes) {
  std::vector<State> states;
  for (const Outcome& outcome : outcomes) states.push_back(outcome.state);
  return states;
}

/// Lets nobody pass before `count` callers have come, or ten seconds.
class Gate {
 public:
  explicit Gate(int count) : missing_(count) {}
  bool pass() {
    std::unique_lock lock(mutex_);
    if (--missing_ <= 0) open_.notify_all();
    return open_.wait_for(lock, std::chrono::seconds(10), [this] { return missing_ <= 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable open_;
  int missing_;
};

TEST(Run, NothingIsDone) {
  Journal journal;
  EXPECT_THAT(run({}, [](std::size_t, std::stop_token) { FAIL(); }, 4, journal, {}), SizeIs(0));
}

TEST(Run, OneWorkerGoesByIndex) {
  Journal journal;
  const auto outcomes = run({{2}, {}, {}, {0, 1}}, [](std::size_t, std::stop_token) {}, 1, journal, {});
  EXPECT_THAT(journal.begun, ElementsAre(1, 2, 0, 3));
  EXPECT_THAT(states_of(outcomes), ElementsAre(State::done, State::done, State::done, State::done));
}

TEST(Run, NoWorkersMeansOne) {
  Journal journal;
  EXPECT_THAT(states_of(run({{}, {0}}, [](std::size_t, std::stop_token) {}, 0, journal, {})), ElementsAre(State::done, State::done));
}

TEST(Run, WorkersWorkAtTheSameTime) {
  Journal journal;
  Gate gate(3);
  const auto outcomes = run(
      {{}, {}, {}}, [&](std::size_t, std::stop_token) { EXPECT_TRUE(gate.pass()); }, 3, journal, {});
  EXPECT_THAT(outcomes, SizeIs(3));
}

TEST(Run, NeverMoreThanItsWorkers) {
  Journal journal;
  std::atomic<int> now = 0;
  std::atomic<int> most = 0;
  run(Needs(40),
      [&](std::size_t, std::stop_token) {
        const int n = ++now;
        for (int seen = most; n > seen && !most.compare_exchange_weak(seen, n);) {
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        --now;
      },
      3, journal, {});
  EXPECT_LE(most, 3);
}

TEST(Run, AFailureSkipsItsDependentsOnly) {
  Journal journal;
  const auto outcomes = run(
      {{}, {0}, {1}, {}, {3}},
      [](std::size_t node, std::stop_token) {
        if (node == 0) throw std::runtime_error("no");
      },
      2, journal, {});
  EXPECT_THAT(states_of(outcomes), ElementsAre(State::failed, State::skipped, State::skipped, State::done, State::done));
  EXPECT_THROW(std::rethrow_exception(outcomes[0].error), std::runtime_error);
  EXPECT_EQ(outcomes[1].error, nullptr);
}

TEST(Run, TellsOfEveryNodeThatBegan) {
  Journal journal;
  run({{}, {0}, {}},
      [](std::size_t node, std::stop_token) {
        if (node == 0) throw 1;
      },
      2, journal, {});
  EXPECT_THAT(journal.begun, testing::UnorderedElementsAre(0, 2));
  EXPECT_THAT(journal.ended, testing::UnorderedElementsAre(0, 2));
}

TEST(Run, AStopStartsNothingNew) {
  Journal journal;
  std::stop_source stop;
  const auto outcomes = run(
      {{}, {0}, {1}, {}},
      [&](std::size_t node, std::stop_token token) {
        if (node == 0) stop.request_stop();
        EXPECT_TRUE(token.stop_requested());
      },
      1, journal, stop.get_token());
  EXPECT_THAT(states_of(outcomes), ElementsAre(State::done, State::skipped, State::skipped, State::skipped));
}

TEST(Run, AStopWaitsForWhatRuns) {
  Journal journal;
  std::stop_source stop;
  Gate gate(2);
  std::atomic<bool> ended = false;
  const auto outcomes = run(
      {{}, {}},
      [&](std::size_t node, std::stop_token) {
        gate.pass();
        if (node == 0) return static_cast<void>(stop.request_stop());
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        ended = true;
      },
      2, journal, stop.get_token());
  EXPECT_TRUE(ended);
  EXPECT_THAT(states_of(outcomes), ElementsAre(State::done, State::done));
}

TEST(Run, AnEarlyStopSkipsAll) {
  Journal journal;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THAT(states_of(run({{}, {0}}, [](std::size_t, std::stop_token) { FAIL(); }, 2, journal, stop.get_token())),
              ElementsAre(State::skipped, State::skipped));
}

TEST(Run, MeasuresTime) {
  Journal journal;
  const auto outcomes = run(
      {{}}, [](std::size_t, std::stop_token) { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }, 1, journal, {});
  EXPECT_GE(outcomes[0].took, std::chrono::milliseconds(20));
}

TEST(Run, NeedsComeFirstInRandomGraphs) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    Needs needs(30);
    for (std::size_t node = 1; node < needs.size(); ++node) {
      for (std::size_t n = random() % 3; n > 0; --n) needs[node].push_back(random() % node);
    }
    std::vector<std::atomic<bool>> done(needs.size());
    Journal journal;
    const auto outcomes = run(
        needs,
        [&](std::size_t node, std::stop_token) {
          for (const std::size_t need : needs[node]) EXPECT_TRUE(done[need]);
          done[node] = true;
        },
        4, journal, {});
    EXPECT_THAT(states_of(outcomes), testing::Each(State::done));
    EXPECT_THAT(journal.ended, SizeIs(needs.size()));
  }
}

}  // namespace
}  // namespace graph
