#include "envtool/git/stream.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "envtool/git/libgit2.h"
#include "envtool/sys/fd.h"

namespace git {
namespace {

constexpr int kSliceMs = 50;

struct Scope {
  Watch* watch = nullptr;
  StreamTimes times{};
};

/// libgit2 hands no payload to the constructor of a stream, only the thread is the same.
Scope& scope_of_thread() {
  thread_local Scope scope;
  return scope;
}

/// libgit2's SSH transport reads the socket of a stream through its own struct, so the first four members have the
/// order that they have there (git_socket_stream, libgit2 1.1 to 1.5).
struct Stream {
  git_stream parent;
  const char* host_text;
  const char* port_text;
  int socket;
  std::string host;
  std::string port;
  sys::Fd descriptor;
  Scope scope;
};

Stream& self(git_stream* stream) { return *reinterpret_cast<Stream*>(stream); }

int fail(const std::string& message) {
  git_error_set_str(GIT_ERROR_NET, message.c_str());
  return -1;
}

int fail_errno(std::string_view action, const Stream& stream) {
  const std::string reason = std::generic_category().message(errno);
  return fail(fmt::format("cannot {} {}: {}", action, stream.host, reason));
}

bool is_over(const Stream& stream) {
  return stream.scope.watch != nullptr && stream.scope.watch->verdict() != Verdict::running;
}

void allow(const Stream& stream, std::chrono::milliseconds time) {
  if (stream.scope.watch != nullptr) stream.scope.watch->allow(time);
}

struct AddressDeleter {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, AddressDeleter>;

/// One look-up on a thread of its own, which can be given up: getaddrinfo(3) cannot be interrupted. The thread shares
/// the ownership and holds on to nothing else.
struct Lookup {
  std::string host;
  std::string port;
  std::mutex mutex;
  std::condition_variable finished;
  std::optional<int> result;
  Addresses addresses;
};

void look_up(Lookup& lookup) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int result = ::getaddrinfo(lookup.host.c_str(), lookup.port.c_str(), &wanted, &list);
  const std::lock_guard lock(lookup.mutex);
  if (result == 0) lookup.addresses.reset(list);
  lookup.result = result;
  lookup.finished.notify_all();
}

/// The addresses of a host, or nothing, with the reason in libgit2's error.
Addresses resolve(const Stream& stream) {
  const auto lookup = std::make_shared<Lookup>();
  lookup->host = stream.host;
  lookup->port = stream.port;
  std::thread([lookup] { look_up(*lookup); }).detach();
  std::unique_lock lock(lookup->mutex);
  while (!lookup->result && !is_over(stream)) lookup->finished.wait_for(lock, std::chrono::milliseconds(kSliceMs));
  if (lookup->result == 0) return std::move(lookup->addresses);
  const char* reason = lookup->result ? ::gai_strerror(*lookup->result) : "no answer in time";
  fail(fmt::format("cannot find the address of {}: {}", stream.host, reason));
  return nullptr;
}

/// Waits until the socket is connected. Returns 0 or an errno.
int await_connection(const Stream& stream, int socket) {
  pollfd waiting{socket, POLLOUT, 0};
  while (::poll(&waiting, 1, kSliceMs) <= 0) {
    if (is_over(stream)) return ETIMEDOUT;
  }
  int result = 0;
  socklen_t size = sizeof(result);
  return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &result, &size) == 0 ? result : errno;
}

/// A connected, blocking socket, or none, with the reason in errno.
sys::Fd connect_to(const Stream& stream, const addrinfo& address) {
  const int type = address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK;
  sys::Fd socket(::socket(address.ai_family, type, address.ai_protocol));
  if (!socket) return socket;
  int result = ::connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
  if (result == EINPROGRESS) result = await_connection(stream, socket.get());
  errno = result;
  if (result != 0) return {};
  ::fcntl(socket.get(), F_SETFL, ::fcntl(socket.get(), F_GETFL) & ~O_NONBLOCK);
  return socket;
}

int stream_connect(git_stream* base) {
  Stream& stream = self(base);
  allow(stream, stream.scope.times.connect);
  const Addresses addresses = resolve(stream);
  if (!addresses) return -1;
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    stream.descriptor = connect_to(stream, *address);
    if (stream.descriptor || is_over(stream)) break;
  }
  if (!stream.descriptor) return fail_errno("connect to", stream);
  stream.socket = stream.descriptor.get();
  if (stream.scope.watch != nullptr) stream.scope.watch->add(stream.socket);
  allow(stream, stream.scope.times.stall);
  return 0;
}

ssize_t stream_read(git_stream* base, void* data, size_t size) {
  Stream& stream = self(base);
  while (true) {
    const ssize_t got = ::recv(stream.socket, data, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("receive from", stream);
    allow(stream, stream.scope.times.stall);
    return got;
  }
}

ssize_t stream_write(git_stream* base, const char* data, size_t size, int /*flags*/) {
  Stream& stream = self(base);
  while (true) {
    const ssize_t sent = ::send(stream.socket, data, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return fail_errno("send to", stream);
    allow(stream, stream.scope.times.stall);
    return sent;
  }
}

int stream_close(git_stream* base) {
  Stream& stream = self(base);
  if (stream.scope.watch != nullptr) stream.scope.watch->remove(stream.socket);
  stream.descriptor = {};
  stream.socket = -1;
  return 0;
}

void stream_free(git_stream* base) { delete &self(base); }

int stream_new(git_stream** out, const char* host, const char* port) {
  auto stream = std::make_unique<Stream>(Stream{{}, nullptr, nullptr, -1, host, port, {}, scope_of_thread()});
  stream->host_text = stream->host.c_str();
  stream->port_text = stream->port.c_str();
  git_stream& parent = stream->parent;
  parent.version = GIT_STREAM_VERSION;
  parent.connect = stream_connect;
  parent.read = stream_read;
  parent.write = stream_write;
  parent.close = stream_close;
  parent.free = stream_free;
  *out = &stream.release()->parent;
  return 0;
}

}  // namespace

WatchedStreams::WatchedStreams(Watch& watch, const StreamTimes& times) { scope_of_thread() = {&watch, times}; }

WatchedStreams::~WatchedStreams() { scope_of_thread() = {}; }

void register_streams() {
  git_stream_registration registration{GIT_STREAM_VERSION, stream_new, nullptr};
  check(git_stream_register(GIT_STREAM_STANDARD, &registration), "set up libgit2's connections");
}

}  // namespace git
