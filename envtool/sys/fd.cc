#include "envtool/sys/fd.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "envtool/base/error.h"

namespace sys {
namespace {

int checked(int fd, const char* what) {
  if (fd < 0) throw base::Error(fmt::format("cannot {}: {}", what, std::strerror(errno)));
  return fd;
}

}  // namespace

void Fd::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

std::pair<Fd, Fd> make_pipe() {
  std::array<int, 2> ends{};
  checked(pipe2(ends.data(), O_CLOEXEC), "make a pipe");
  return {Fd(ends[0]), Fd(ends[1])};
}

void widen_pipe(int fd) {
  constexpr int kRoom = 1 << 20;  // /proc/sys/fs/pipe-max-size, where nobody changed it
  fcntl(fd, F_SETPIPE_SZ, kRoom);
}

Fd open_null() { return Fd(checked(open("/dev/null", O_RDONLY | O_CLOEXEC), "open /dev/null")); }

Fd open_bytes(std::string_view bytes) {
  Fd memory(checked(memfd_create("envtool", MFD_CLOEXEC), "keep bytes in memory"));
  while (!bytes.empty()) {
    const ssize_t count = write(memory.get(), bytes.data(), bytes.size());
    bytes.remove_prefix(static_cast<std::size_t>(checked(static_cast<int>(count), "keep bytes in memory")));
  }
  lseek(memory.get(), 0, SEEK_SET);
  return memory;
}

EventFd::EventFd() : fd_(checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "make an eventfd")) {}

void EventFd::signal() const noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(fd_.get(), &one, sizeof one);
}

}  // namespace sys
