#include "envtool/sys/clock.h"

#include <condition_variable>
#include <mutex>

namespace sys {

Clock::Time SteadyClock::now() { return std::chrono::steady_clock::now(); }

void SteadyClock::pause(std::chrono::milliseconds time, std::stop_token stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any().wait_for(lock, std::move(stop), time, [] { return false; });
}

}  // namespace sys
