// The hub of a pod in a cluster, reached by HTTP at a port of this machine that leads there through the API server.
#pragma once

#include "envtool/http/client.h"
#include "envtool/kube/port_forward.h"

namespace app {

/// Sends as `http` does; where no answer came because the port leads nowhere, the API server or the node says why.
class ForwardedHub : public http::Client {
 public:
  /// Both clients must outlive this. Throws base::Error if this machine has no port to spare.
  ForwardedHub(http::Client& http, kube::Client& client, kube::Reference pod, std::uint16_t port) : http_(http), forward_(client, std::move(pod), port) {}

  std::uint16_t local_port() const { return forward_.local_port(); }
  http::Response send(const http::Request& request, std::stop_token stop) override;

 private:
  http::Client& http_;
  kube::PortForward forward_;
};

}  // namespace app
