#include "envtool/kube/port_forward.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <tuple>
#include <utility>

namespace kube {
namespace {

[[noreturn]] void throw_no_port() { throw base::Error(fmt::format("cannot wait for connections on 127.0.0.1: {}", std::strerror(errno))); }

/// A free port of loopback, and which one that is.
std::pair<sys::Fd, std::uint16_t> listen_on_loopback() {
  sys::Fd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);  // NOLINT: as the interface has it
  if (!listener || bind(listener.get(), generic, size) != 0 || listen(listener.get(), SOMAXCONN) != 0) throw_no_port();
  if (getsockname(listener.get(), generic, &size) != 0) throw_no_port();
  return {std::move(listener), ntohs(address.sin_port)};
}

}  // namespace

PortForward::PortForward(Client& client, Reference pod, std::uint16_t port) : client_(client), pod_(std::move(pod)), port_(port) {
  std::tie(listener_, local_port_) = listen_on_loopback();
  acceptor_ = std::thread([this] { accept_all(); });
}

PortForward::~PortForward() {
  stop_.request_stop();
  closing_.signal();
  acceptor_.join();
  for (Passage& passage : passages_) passage.thread.join();
}

std::optional<base::Error> PortForward::take_problem() {
  const std::lock_guard lock(mutex_);
  return std::exchange(problem_, std::nullopt);
}

void PortForward::accept_all() {
  std::array<pollfd, 2> both{{{listener_.get(), POLLIN, 0}, {closing_.get(), POLLIN, 0}}};
  while (both[1].revents == 0) {
    if (poll(both.data(), both.size(), -1) < 0) continue;
    sys::Fd socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (socket) admit(std::move(socket));
  }
}

void PortForward::admit(sys::Fd socket) {
  passages_.remove_if([](Passage& passage) {
    const bool over = passage.over;
    if (over) passage.thread.join();
    return over;
  });
  Passage& passage = passages_.emplace_back();
  passage.thread = std::thread([this, &passage, socket = std::move(socket)]() mutable {
    carry(socket);
    socket.close();
    passage.over = true;
  });
}

void PortForward::carry(const sys::Fd& socket) noexcept {
  try {
    client_.forward(pod_, port_, socket.get(), stop_.get_token());
  } catch (const base::Error& error) {
    const std::lock_guard lock(mutex_);
    problem_ = error;
  }
}

}  // namespace kube
