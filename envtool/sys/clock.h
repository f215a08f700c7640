// Time as a seam: what waits does it through a Clock, so that tests need not wait.
#pragma once

#include <chrono>
#include <stop_token>

namespace sys {

/// May be used from several threads at once.
class Clock {
 public:
  using Time = std::chrono::steady_clock::time_point;
  virtual ~Clock() = default;

  virtual Time now() = 0;
  /// Returns after that time, or as soon as a stop is requested.
  virtual void pause(std::chrono::milliseconds time, std::stop_token stop) = 0;
};

/// The real one.
class SteadyClock : public Clock {
 public:
  Time now() override;
  void pause(std::chrono::milliseconds time, std::stop_token stop) override;
};

}  // namespace sys
