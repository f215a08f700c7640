// Ends network traffic that takes too long or is no longer wanted. Knows sockets, not what goes over them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <thread>

namespace git {

enum class Verdict { running, timed_out, stopped };

/// Watches some sockets from a thread of its own. When the time given by `allow` is over, or on a stop request, it
/// shuts them down, which wakes whoever waits for them. All functions may be called from any thread.
class Watch {
 public:
  explicit Watch(std::stop_token stop);
  ~Watch();
  Watch(Watch&&) = delete;

  /// From now on this much time may pass, until the next call.
  void allow(std::chrono::milliseconds time);

  /// Once the verdict has fallen, an added socket is shut down at once.
  void add(int socket);
  void remove(int socket);

  Verdict verdict() const;

 private:
  void run();
  void decide(Verdict verdict);

  const std::stop_token stop_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
  std::set<int> sockets_;
  Verdict verdict_ = Verdict::running;
  bool finished_ = false;
  std::thread thread_;
};

}  // namespace git
