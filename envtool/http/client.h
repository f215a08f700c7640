// HTTP requests with a time-out. Knows nothing of what is asked for.
#pragma once

#include <chrono>
#include <ctime>
#include <optional>
#include <stop_token>
#include <string>

namespace http {

struct Response {
  int status = 0;  ///< 0: no HTTP answer came
  std::string body;
  std::string problem;  ///< why there was no answer
  std::optional<std::time_t> date = {};  ///< what the server says that the time is
};

/// The seam that tests replace. May be used from several threads at once.
class Client {
 public:
  virtual ~Client() = default;

  /// One GET, redirects not followed, bodies up to 1 MiB kept. Never throws for what the network does: see `problem`.
  virtual Response get(const std::string& url, std::chrono::milliseconds timeout, std::stop_token stop) = 0;
};

/// On libcurl. Honours the proxy variables and, like git and pip, SSL_CERT_FILE.
class CurlClient : public Client {
 public:
  Response get(const std::string& url, std::chrono::milliseconds timeout, std::stop_token stop) override;
};

}  // namespace http
