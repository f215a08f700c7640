#include "envtool/git/watch.h"

#include <sys/socket.h>

#include <utility>

namespace git {

using Clock = std::chrono::steady_clock;

Watch::Watch(std::stop_token stop) : stop_(std::move(stop)), thread_([this] { run(); }) {}

Watch::~Watch() {
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Watch::allow(std::chrono::milliseconds time) {
  const std::lock_guard lock(mutex_);
  deadline_ = Clock::now() + time;
  changed_.notify_all();
}

void Watch::add(int socket) {
  const std::lock_guard lock(mutex_);
  sockets_.insert(socket);
  if (verdict_ != Verdict::running) ::shutdown(socket, SHUT_RDWR);
}

void Watch::remove(int socket) {
  const std::lock_guard lock(mutex_);
  sockets_.erase(socket);
}

Verdict Watch::verdict() const {
  const std::lock_guard lock(mutex_);
  return verdict_;
}

void Watch::run() {
  std::unique_lock lock(mutex_);
  while (!finished_) {
    if (stop_.stop_requested()) return decide(Verdict::stopped);
    if (Clock::now() >= deadline_) return decide(Verdict::timed_out);
    const Clock::time_point until = deadline_;
    const auto is_new = [&] { return finished_ || deadline_ != until; };
    if (until == Clock::time_point::max()) {
      changed_.wait(lock, stop_, is_new);
    } else {
      changed_.wait_until(lock, stop_, until, is_new);
    }
  }
}

/// Called with the mutex held.
void Watch::decide(Verdict verdict) {
  verdict_ = verdict;
  for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
}

}  // namespace git
