// Names and TCP ports of this machine: looked at, never kept.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace sys {

/// The addresses of a host as text, each once. Throws base::Error with the resolver's words when there are none.
std::vector<std::string> resolve(const std::string& host);

/// Why a server could not take this port now, or nothing if it could. The port is taken and given back at once; nobody can
/// connect meanwhile. `address` is an IP address; empty: all of them.
std::string listen_problem(const std::string& address, std::uint16_t port);

/// A TCP socket of this machine that waits for connections.
struct Listener {
  std::string address;
  pid_t pid = 0;        ///< 0: of a process that this user may not look at
  std::string program;  ///< its short name (proc(5), comm); empty with pid 0
};

/// Who waits for connections at this port, on any address.
std::vector<Listener> find_listeners(std::uint16_t port);

}  // namespace sys
