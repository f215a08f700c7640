// HTTP requests with a time-out. Knows nothing of what is asked for.
#pragma once

#include <chrono>
#include <ctime>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace http {

enum class Method { get, post, remove };

std::string_view to_string(Method method);

struct Header {
  std::string name;
  std::string value;
};

struct Request {
  Method method = Method::get;
  std::string url;
  std::vector<Header> headers = {};
  std::string body = {};  ///< of a POST
  std::chrono::milliseconds timeout{10000};
};

struct Response {
  int status = 0;  ///< 0: no HTTP answer came
  std::string body;
  std::string problem;  ///< why there was no answer
  std::optional<std::time_t> date = {};  ///< what the server says that the time is
  std::vector<Header> headers = {};      ///< in the order in which they came
  std::string hint = {};                 ///< how to mend the problem, where that is known

  /// The value of the first header of that name, in any case of letters; empty if there is none.
  std::string_view header(std::string_view name) const;
};

/// Letters of other languages apart, as names of headers are compared.
bool same_header(std::string_view one, std::string_view other);

/// The seam that tests replace. May be used from several threads at once.
class Client {
 public:
  virtual ~Client() = default;

  /// One request, redirects not followed, bodies up to 1 MiB kept. Never throws for what the network does: see `problem`.
  virtual Response send(const Request& request, std::stop_token stop) = 0;

  Response get(const std::string& url, std::chrono::milliseconds timeout, std::stop_token stop) {
    return send({Method::get, url, {}, {}, timeout}, std::move(stop));
  }
};

/// On libcurl. Honours the proxy variables and, like git and pip, SSL_CERT_FILE.
class CurlClient : public Client {
 public:
  Response send(const Request& request, std::stop_token stop) override;
};

}  // namespace http
