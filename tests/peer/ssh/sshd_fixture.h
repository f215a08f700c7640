// A real sshd on a free loopback port, with keys of ours, for the user who runs the tests.
#pragma once

#include <arpa/inet.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "envtool/ssh/hosts.h"
#include "envtool/ssh/key.h"
#include "envtool/sys/fd.h"
#include "envtool/sys/file.h"
#include "tests/peer/archive/programs.h"

namespace peer {

/// A port that nobody listened on a moment ago.
inline std::uint16_t free_port() {
  const sys::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket.get(), generic, size) != 0 || ::getsockname(socket.get(), generic, &size) != 0) {
    throw std::runtime_error("cannot find a free port");
  }
  return ntohs(address.sin_port);
}

/// Whether something accepts connections there.
inline bool listens(std::uint16_t port) {
  const sys::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
}

class Sshd {
 public:
  /// Keeps its files in `directory`; `from` says from which addresses the client key may come.
  Sshd(const std::filesystem::path& directory, const std::vector<std::string>& from)
      : port_(free_port()),
        host_key_(ssh::generate_ed25519("host key")),
        client_key_(ssh::generate_ed25519("client key")),
        server_(arguments(directory, from)) {
    await("sshd listens", [this] { return listens(port_); });
  }

  std::uint16_t port() const { return port_; }
  const ssh::KeyPair& host_key() const { return host_key_; }
  const ssh::KeyPair& client_key() const { return client_key_; }
  std::string known_hosts() const {
    return ssh::known_hosts_line({ssh::host_name("127.0.0.1", port_)}, host_key_.public_key);
  }
  static std::string user() { return ::getpwuid(::geteuid())->pw_name; }

 private:
  std::vector<std::string> arguments(const std::filesystem::path& directory, const std::vector<std::string>& from) {
    if (::geteuid() == 0) std::filesystem::create_directories("/run/sshd");
    sys::write_file(directory / "host_key", host_key_.private_text, sys::Access::secret);
    sys::write_file(directory / "authorized_keys", ssh::authorized_keys_line(from, client_key_.public_key),
                    sys::Access::secret);
    const std::string config = "Port " + std::to_string(port_) + "\nListenAddress 127.0.0.1\nHostKey " +
                               (directory / "host_key").native() + "\nAuthorizedKeysFile " +
                               (directory / "authorized_keys").native() +
                               "\nPidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
                               "KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n";
    sys::write_file(directory / "sshd_config", config, sys::Access::shared);
    return {"/usr/sbin/sshd", "-D", "-e", "-f", (directory / "sshd_config").native()};
  }

  std::uint16_t port_;
  ssh::KeyPair host_key_;
  ssh::KeyPair client_key_;
  Background server_;
};

}  // namespace peer
