// File descriptors that close themselves.
#pragma once

#include <string_view>
#include <utility>

namespace sys {

/// Owns a descriptor, or none (-1).
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() { close(); }
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    close();
    fd_ = std::exchange(other.fd_, -1);
    return *this;
  }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void close();

 private:
  int fd_ = -1;
};

/// A pipe, reading end first; both close on exec. Throws base::Error when there are no descriptors left.
std::pair<Fd, Fd> make_pipe();

/// Gives a pipe room for what streams through it, so that its ends wait for each other less often. What is no pipe, or an account
/// that has too many of those, stays as it is.
void widen_pipe(int fd);

/// /dev/null for reading.
Fd open_null();

/// Gives these bytes to whoever reads it; they are in no file. Throws base::Error.
Fd open_bytes(std::string_view bytes);

/// A descriptor that polls readable once `signal` was called, from any thread or signal handler.
class EventFd {
 public:
  EventFd();
  int get() const { return fd_.get(); }
  void signal() const noexcept;

 private:
  Fd fd_;
};

}  // namespace sys
