// One connection to an SSH server: who it is, whether a key gets in, what a command says.
// Reads no configuration and no known_hosts file: callers decide whom to trust.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "envtool/ssh/hosts.h"
#include "envtool/ssh/key.h"

namespace ssh {

struct Target {
  std::string host;
  std::uint16_t port = kDefaultPort;
  std::string user;
  std::chrono::milliseconds timeout{5000};  ///< for each step: connecting, signing in, the next output of a command
  std::vector<std::string> key_types = {};  ///< of host keys, `ssh-ed25519`: these are asked for before any others
};

/// What a command on the server came to.
struct CommandResult {
  int status = 0;  ///< -1 when it ended without one, by a signal for instance
  std::string out;
  std::string err;
};

/// An open connection; closed with the object. One thread at a time.
class Session {
 public:
  /// Connects and exchanges keys. Throws base::Error that names host and port.
  explicit Session(const Target& target);
  ~Session();
  Session(Session&&) noexcept;

  /// How the server announces itself, for instance `SSH-2.0-OpenSSH_9.2`.
  std::string banner() const;
  /// The key that the server proved to have.
  PublicKey host_key() const;

  /// Throws base::Error unless a known_hosts text states the server's key for this host and port.
  void require_known(std::string_view known_hosts) const;
  /// Signs in with an unencrypted private key. Throws base::Error if the server refuses it.
  void sign_in(const std::string& private_text);
  /// Runs a command line in the user's shell there, with these variables where the server accepts them. Throws base::Error if
  /// that fails or nothing comes in time.
  CommandResult run(const std::string& command, const std::map<std::string, std::string>& variables = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ssh
