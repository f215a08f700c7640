// Requests to one API server, on libcurl: TLS, credentials, connections that are kept, many requests at once on few of them, and the
// tries that a request takes. Knows nothing of what is asked for.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "envtool/http/client.h"
#include "envtool/kube/credentials.h"
#include "envtool/kube/retry.h"
#include "envtool/sys/clock.h"

namespace kube {

struct Request {
  std::string method = "GET";
  std::string path;  ///< with the query; begins with a slash
  std::string body = {};
  std::string content_type = {};
  std::string accept = "application/json";
  Repeat repeat = Repeat::safe;
};

struct Reply {
  http::Response response;
  Failure failure = Failure::none;
};

struct Limits {
  std::chrono::milliseconds timeout;   ///< of one try
  std::chrono::milliseconds patience;  ///< of all
  std::chrono::milliseconds plugin_timeout;
  std::size_t parallel;
};

/// Takes a part of a body; false ends the transfer.
using Body = std::function<bool(std::string_view)>;

class Lane;

/// May be used from several threads at once: each has connections of its own meanwhile, which go back to a pool.
class Transport {
 public:
  Transport(Connection connection, Limits limits, sys::Processes& processes, sys::Clock& clock);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  const Connection& connection() const { return connection_; }
  const Limits& limits() const { return limits_; }
  sys::Clock& clock() { return clock_; }

  /// All of them, in no order; replies in the order of the requests. Throws base::Error if there are no credentials.
  std::vector<Reply> send_all(const std::vector<Request>& requests, std::stop_token stop);
  Reply send(const Request& request, std::stop_token stop);

  /// One answer in parts, as they come, for as long as it takes, or until `end`; then it is `cut`. An answer that begins and breaks has its
  /// status, too. Tried again until an answer begins. Of a refusal the whole body is in the reply and `on_body` isn't called. What
  /// `on_body` throws comes out of here.
  Reply stream(const Request& request, const Body& on_body, std::optional<sys::Clock::Time> end, std::stop_token stop);

  /// A connection that is there for other protocols than HTTP's: to the server, with TLS, nothing sent yet.
  class Socket;
  std::unique_ptr<Socket> connect(std::stop_token stop);

 private:
  friend class Batch;
  friend class Lane;
  friend class LaneLoan;

  std::unique_ptr<Lane> take_lane();
  void give_back(std::unique_ptr<Lane> lane);

  const Connection connection_;
  const Limits limits_;
  sys::Clock& clock_;
  Credentials credentials_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Lane>> idle_;
  std::atomic<bool> known_ = false;  ///< whether the server has answered once
};

/// Bytes to and from the server. One thread at a time, but for `send`, which may be called while another thread receives.
class Transport::Socket {
 public:
  virtual ~Socket() = default;

  /// All of them. Throws base::Error if the connection is gone.
  virtual void send(std::string_view bytes) = 0;
  /// What has come: at least one byte, or nothing at the end or after a stop request. Throws base::Error if the connection breaks, and if
  /// nothing comes for so long.
  virtual std::string receive(const std::stop_token& stop, std::chrono::milliseconds longest) = 0;

  /// The headers that a request on this connection has to have: Host, who sends it, on whose behalf.
  virtual const std::vector<http::Header>& headers() const = 0;
  /// What the path of every request begins with.
  virtual const std::string& prefix() const = 0;
};

}  // namespace kube
