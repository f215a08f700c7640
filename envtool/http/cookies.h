// The cookies of one server, as a browser keeps them (RFC 6265). Knows paths, and that a server takes a cookie back; nothing of
// domains, and of time only Max-Age=0.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "envtool/http/client.h"

namespace http {

/// Adds the value of a header `Cookie` to those of a request, into the one that is there: a request has one at most (RFC 6265,
/// section 5.4). An empty value changes nothing.
void add_cookies(std::vector<Header>& headers, const std::string& cookies);

class CookieJar {
 public:
  /// Keeps what an answer to a request for `path` sets. A cookie without a value is one that was taken back.
  void take(const Response& response, std::string_view path);

  /// The value of the header `Cookie` for a path: those with longer paths first. Empty if there are none.
  std::string header_for(std::string_view path) const;

  /// The value of the cookie of that name that is sent first to a path; empty if there is none.
  std::string value(std::string_view name, std::string_view path) const;

 private:
  struct Cookie {
    std::string name;
    std::string value;
    std::string path;
  };

  static Cookie parse(std::string_view text, std::string_view request_path);
  void keep(Cookie cookie);
  std::vector<const Cookie*> sent_to(std::string_view path) const;

  std::vector<Cookie> cookies_;
};

}  // namespace http
