#include "envtool/graph/run.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace graph {
namespace {

using Clock = std::chrono::steady_clock;

/// Guards one Schedule for several workers.
class Runner {
 public:
  Runner(const Needs& needs, const Work& work, Progress& progress, std::stop_token stop)
      : schedule_(needs), outcomes_(needs.size()), work_(work), progress_(progress), stop_(std::move(stop)) {}

  void work_until_over() {
    std::unique_lock lock(mutex_);
    while (true) {
      if (stop_.stop_requested()) schedule_.stop();
      if (const std::optional<std::size_t> node = schedule_.next()) {
        run_one(*node, lock);
        changed_.notify_all();
      } else if (schedule_.is_over()) {
        changed_.notify_all();
        return;
      } else {
        changed_.wait(lock);
      }
    }
  }

  std::vector<Outcome> take() { return std::move(outcomes_); }

 private:
  void run_one(std::size_t node, std::unique_lock<std::mutex>& lock) {
    progress_.started(node);
    lock.unlock();
    const auto begin = Clock::now();
    Outcome outcome;
    outcome.state = State::done;
    try {
      work_(node, stop_);
    } catch (...) {
      outcome.state = State::failed;
      outcome.error = std::current_exception();
    }
    outcome.took = Clock::now() - begin;
    lock.lock();
    schedule_.finish(node, outcome.state);
    progress_.finished(node, outcome);
    outcomes_[node] = std::move(outcome);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  Schedule schedule_;
  std::vector<Outcome> outcomes_;
  const Work& work_;
  Progress& progress_;
  std::stop_token stop_;
};

}  // namespace

std::vector<Outcome> run(const Needs& needs, const Work& work, std::size_t workers, Progress& progress,
                         std::stop_token stop) {
  Runner runner(needs, work, progress, std::move(stop));
  std::vector<std::thread> threads;
  const std::size_t extra = std::min(std::max<std::size_t>(workers, 1), needs.size());
  for (std::size_t i = 1; i < extra; ++i) threads.emplace_back([&runner] { runner.work_until_over(); });
  runner.work_until_over();
  for (std::thread& thread : threads) thread.join();
  return runner.take();
}

}  // namespace graph
