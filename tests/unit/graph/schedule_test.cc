#include "envtool/graph/schedule.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

namespace graph {
namespace {

using testing::ElementsAre;

/// Takes everything that is ready now, without finishing it.
std::vector<std::size_t> take_ready(Schedule& schedule) {
  std::vector<std::size_t> nodes;
  while (const auto node = schedule.next()) nodes.push_back(*node);
  return nodes;
}

TEST(Schedule, EmptyGraphIsOver) {
  Schedule schedule({});
  EXPECT_TRUE(schedule.is_over());
  EXPECT_EQ(schedule.next(), std::nullopt);
}

TEST(Schedule, HandsOutLowestFirst) {
  Schedule schedule({{}, {}, {0}, {}});
  EXPECT_THAT(take_ready(schedule), ElementsAre(0, 1, 3));
  schedule.finish(0, State::done);
  EXPECT_THAT(take_ready(schedule), ElementsAre(2));
}

TEST(Schedule, WaitsForEveryNeed) {
  Schedule schedule({{}, {}, {0, 1}});
  take_ready(schedule);
  schedule.finish(1, State::done);
  EXPECT_EQ(schedule.next(), std::nullopt);
  EXPECT_EQ(schedule.state(2), State::waiting);
  schedule.finish(0, State::done);
  EXPECT_EQ(schedule.next(), 2U);
  EXPECT_EQ(schedule.state(2), State::running);
  EXPECT_FALSE(schedule.is_over());
  schedule.finish(2, State::done);
  EXPECT_TRUE(schedule.is_over());
}

TEST(Schedule, ANeedGivenTwiceCountsOnce) {
  Schedule schedule({{}, {0, 0}});
  take_ready(schedule);
  schedule.finish(0, State::done);
  EXPECT_EQ(schedule.next(), 1U);
}

TEST(Schedule, FailureSkipsAllThatDependOnIt) {
  Schedule schedule({{}, {}, {0}, {2}, {1}, {3, 4}});
  take_ready(schedule);
  schedule.finish(0, State::failed);
  EXPECT_EQ(schedule.state(2), State::skipped);
  EXPECT_EQ(schedule.state(3), State::skipped);
  EXPECT_EQ(schedule.state(5), State::skipped);
  schedule.finish(1, State::done);
  EXPECT_EQ(schedule.next(), 4U);
  schedule.finish(4, State::done);
  EXPECT_TRUE(schedule.is_over());
  EXPECT_EQ(schedule.state(5), State::skipped);
}

TEST(Schedule, TwoFailuresSkipOnce) {
  Schedule schedule({{}, {}, {0, 1}});
  take_ready(schedule);
  schedule.finish(0, State::failed);
  schedule.finish(1, State::failed);
  EXPECT_TRUE(schedule.is_over());
}

TEST(Schedule, StopSkipsWhatHasNotBegun) {
  Schedule schedule({{}, {0}, {}});
  EXPECT_EQ(schedule.next(), 0U);
  schedule.stop();
  EXPECT_EQ(schedule.next(), std::nullopt);
  EXPECT_FALSE(schedule.is_over());
  schedule.finish(0, State::done);
  EXPECT_TRUE(schedule.is_over());
  EXPECT_EQ(schedule.state(0), State::done);
  EXPECT_EQ(schedule.state(1), State::skipped);
  EXPECT_EQ(schedule.state(2), State::skipped);
}

TEST(FindCycle, NamesItsNodesInOrder) {
  struct Case {
    Needs needs;
    std::optional<std::vector<std::size_t>> cycle;
  };
  const Case cases[] = {
      {{}, std::nullopt},
      {{{}, {0}, {0, 1}}, std::nullopt},
      {{{0}}, {{0}}},
      {{{1}, {0}}, {{0, 1}}},
      {{{1}, {2}, {3}, {1}}, {{1, 2, 3}}},
      {{{}, {0}, {3}, {2}}, {{2, 3}}},
      {{{1, 2}, {3}, {3}, {}}, std::nullopt},
  };
  for (const Case& c : cases) EXPECT_EQ(find_cycle(c.needs), c.cycle);
}

TEST(FindCycle, IsNoRecursion) {
  Needs chain(300'000);
  for (std::size_t i = 1; i < chain.size(); ++i) chain[i] = {i - 1};
  std::reverse(chain.begin(), chain.end());
  for (auto& needs : chain) {
    for (std::size_t& need : needs) need = chain.size() - 1 - need;
  }
  EXPECT_EQ(find_cycle(chain), std::nullopt);
}

/// What a schedule must say, computed from scratch each time.
class Model {
 public:
  explicit Model(Needs needs) : needs_(std::move(needs)), states_(needs_.size(), State::waiting) { settle(); }

  std::vector<std::size_t> with(State state) const {
    std::vector<std::size_t> nodes;
    for (std::size_t i = 0; i < states_.size(); ++i) {
      if (states_[i] == state) nodes.push_back(i);
    }
    return nodes;
  }
  void set(std::size_t node, State state) {
    states_[node] = state;
    settle();
  }
  void stop() {
    for (State& state : states_) {
      if (state == State::waiting || state == State::ready) state = State::skipped;
    }
  }
  const std::vector<State>& states() const { return states_; }

 private:
  /// Needs point to lower indices only, so one pass is enough.
  void settle() {
    for (std::size_t i = 0; i < needs_.size(); ++i) {
      if (states_[i] != State::waiting) continue;
      const auto any = [&](State state) {
        return std::any_of(needs_[i].begin(), needs_[i].end(), [&](std::size_t need) { return states_[need] == state; });
      };
      const bool all_done = std::all_of(needs_[i].begin(), needs_[i].end(), [&](std::size_t need) { return states_[need] == State::done; });
      if (any(State::failed) || any(State::skipped)) {
        states_[i] = State::skipped;
      } else if (all_done) {
        states_[i] = State::ready;
      }
    }
  }

  Needs needs_;
  std::vector<State> states_;
};

Needs random_graph(std::mt19937& random) {
  Needs needs(random() % 12);
  for (std::size_t node = 1; node < needs.size(); ++node) {
    for (std::size_t n = random() % 4; n > 0; --n) needs[node].push_back(random() % node);
  }
  return needs;
}

std::vector<State> states_of(const Schedule& schedule, std::size_t size) {
  std::vector<State> states;
  for (std::size_t i = 0; i < size; ++i) states.push_back(schedule.state(i));
  return states;
}

TEST(Schedule, DoesWhatTheModelDoes) {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    std::mt19937 random(seed);
    const Needs needs = random_graph(random);
    ASSERT_EQ(find_cycle(needs), std::nullopt);
    Schedule schedule(needs);
    Model model(needs);
    for (int move = 0; !schedule.is_over() && move < 200; ++move) {
      const auto running = model.with(State::running);
      const auto ready = model.with(State::ready);
      if (random() % 40 == 0) {
        schedule.stop();
        model.stop();
      } else if (!running.empty() && (ready.empty() || random() % 2 == 0)) {
        const std::size_t node = running[random() % running.size()];
        const State outcome = random() % 5 == 0 ? State::failed : State::done;
        schedule.finish(node, outcome);
        model.set(node, outcome);
      } else {
        ASSERT_EQ(schedule.next(), ready.empty() ? std::nullopt : std::optional(ready.front())) << seed;
        if (!ready.empty()) model.set(ready.front(), State::running);
      }
      ASSERT_EQ(states_of(schedule, needs.size()), model.states()) << "seed " << seed;
    }
    EXPECT_TRUE(schedule.is_over()) << seed;
  }
}

}  // namespace
}  // namespace graph
