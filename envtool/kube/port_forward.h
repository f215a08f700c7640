// A port of a pod at a port of this machine, for programs that know nothing of clusters.
//
// Each connection to the port here is one of its own through the API server, over a WebSocket. Only this machine can connect.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "envtool/base/error.h"
#include "envtool/kube/client.h"
#include "envtool/sys/fd.h"

namespace kube {

class PortForward {
 public:
  /// Waits for connections at a free port of 127.0.0.1 from now on; asks the server nothing before one comes. `client` must outlive this
  /// object. Throws base::Error if there is no such port.
  PortForward(Client& client, Reference pod, std::uint16_t port);
  /// Ends all connections.
  ~PortForward();
  PortForward(const PortForward&) = delete;
  PortForward& operator=(const PortForward&) = delete;

  /// Where it is here.
  std::uint16_t local_port() const { return local_port_; }

  /// Why a connection could not be made, the last one that couldn't since this was asked for. May be called from any thread; whoever was
  /// connected there finds its connection closed no sooner than this is known.
  std::optional<base::Error> take_problem();

 private:
  struct Passage {
    std::thread thread;
    std::atomic<bool> over = false;
  };

  void accept_all();
  void admit(sys::Fd socket);
  void carry(const sys::Fd& socket) noexcept;

  Client& client_;
  const Reference pod_;
  const std::uint16_t port_;
  std::uint16_t local_port_ = 0;
  sys::Fd listener_;
  sys::EventFd closing_;
  std::stop_source stop_;
  std::mutex mutex_;
  std::optional<base::Error> problem_;
  std::list<Passage> passages_;  ///< the acceptor's
  std::thread acceptor_;
};

}  // namespace kube
