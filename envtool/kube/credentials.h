// What a request proves with who sends it: tokens, passwords, certificates, and the plugins that print them.
// Source: kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "envtool/doc/value.h"
#include "envtool/kube/config.h"
#include "envtool/sys/process.h"

namespace kube {

/// What one request is sent with.
struct Proof {
  std::string authorization;  ///< the value of the header; empty: none
  Pem certificate;
  Pem key;
  int generation = 0;  ///< which answer of the plugin it is from
};

/// Gives proofs, and keeps what a plugin printed until it expires. May be used from several threads at once.
class Credentials {
 public:
  Credentials(const Connection& connection, sys::Processes& processes, std::chrono::milliseconds plugin_timeout);

  /// Throws base::Error, which names the plugin or the file, if there is nothing to be had.
  Proof current(std::stop_token stop);

  /// After the server refused a proof: whether there may be another one now. A plugin is asked again unless that was done already.
  bool renew(const Proof& refused, std::stop_token stop);

 private:
  struct Printed {
    std::string token;
    Pem certificate;
    Pem key;
    std::optional<std::chrono::sys_seconds> expires;
  };

  bool has_own_proof() const;
  std::string read_token_file();
  Proof printed_proof(std::stop_token stop);
  Printed ask_plugin(std::stop_token stop) const;
  Printed decode(std::string_view output) const;
  std::string exec_info() const;

  const Connection connection_;
  sys::Processes& processes_;
  const std::chrono::milliseconds plugin_timeout_;
  std::mutex mutex_;
  std::string last_file_token_;
  std::optional<Printed> printed_;
  int generation_ = 0;
};

/// The time of an RFC 3339 text such as `2026-11-21T23:00:00Z`, fractions of seconds cut off, or nothing if it isn't one.
std::optional<std::chrono::sys_seconds> parse_time(const std::string& text);

}  // namespace kube
