// A person at a JupyterHub, as their browser acts for them: cookies, redirects, the token that forms and requests must repeat.
//
// Knows pages and Jupyter's REST API; nothing of environments and Slurm. Every function throws base::Error when no answer comes, with
// what was asked and why. Passwords and tokens are in no message.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "envtool/doc/value.h"
#include "envtool/http/client.h"
#include "envtool/http/cookies.h"

namespace app {

/// What is known of a person's server.
struct ServerState {
  bool ready = false;
  std::string pending;  ///< `spawn`, `stop`; empty: nothing
};

class Visitor {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  /// `url` is the hub's address with its base path: http://127.0.0.1:8000/jupyter.
  Visitor(http::Client& client, const std::string& url, std::chrono::milliseconds patience);

  /// What goes along with every request from now on.
  void carry(std::vector<http::Header> headers) { headers_ = std::move(headers); }

  /// One GET of a page below the address, no redirects.
  http::Response get(const std::string& path, std::stop_token stop);
  /// The page that a browser ends up with; after fifteen redirects it gives up. Other hosts are not gone to.
  http::Response open(const std::string& path, std::stop_token stop);
  /// Sends a form, no redirects.
  http::Response submit(const std::string& path, const Fields& fields, std::stop_token stop);
  /// An answer of the REST API. Throws base::Error if it isn't 200 with JSON.
  doc::Value ask(const std::string& path, std::stop_token stop);
  /// DELETE at the REST API.
  http::Response remove(const std::string& path, std::stop_token stop);

  /// Nothing: the person has no server.
  std::optional<ServerState> server(const std::string& user, std::stop_token stop);
  /// Why the last start of the person's server failed, in the hub's words; empty if that isn't known.
  std::string why_start_failed(const std::string& user, std::stop_token stop);

  /// The path on the host of the last page that `open` went to.
  const std::string& place() const { return place_; }
  const std::string& base() const { return base_; }
  /// For a program that goes on in this one's name: secrets, both of them.
  std::string cookies_for(const std::string& path) const { return jar_.header_for(base_ + path); }
  std::string form_token_for(const std::string& path) const { return jar_.value("_xsrf", base_ + path); }

 private:
  http::Response send(http::Method method, const std::string& place, std::vector<http::Header> headers, std::string body, std::stop_token stop);

  http::Client& client_;
  std::string origin_;  ///< http://127.0.0.1:8000
  std::string base_;    ///< /jupyter
  std::vector<http::Header> headers_;
  std::chrono::milliseconds patience_;
  http::CookieJar jar_;
  std::string place_;
};

/// What a hub's answer says went wrong: its status, and the message of its page or its JSON.
std::string problem_of(const http::Response& response);

}  // namespace app
