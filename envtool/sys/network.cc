#include "envtool/sys/network.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <map>
#include <memory>
#include <optional>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"
#include "envtool/sys/fd.h"
#include "envtool/sys/file.h"

namespace sys {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Addresses look_up(const char* host, const char* port, int flags) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = flags;
  addrinfo* found = nullptr;
  const int problem = getaddrinfo(host, port, &wanted, &found);
  if (problem != 0) throw base::Error(fmt::format("cannot resolve `{}`: {}", host == nullptr ? "" : host, gai_strerror(problem)));
  return {found, &freeaddrinfo};
}

constexpr std::string_view kListening = "0A";  // TCP_LISTEN

template <typename Number>
std::optional<Number> from_hex(std::string_view text) {
  Number value{};
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The kernel prints addresses as 32-bit words in the machine's own byte order.
std::string address_text(std::string_view hex) {
  std::array<std::uint32_t, 4> words{};
  for (std::size_t i = 0; i < hex.size() / 8 && i < words.size(); ++i) words[i] = from_hex<std::uint32_t>(hex.substr(8 * i, 8)).value_or(0);
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(hex.size() > 8 ? AF_INET6 : AF_INET, words.data(), text.data(), text.size());
  return text.data();
}

/// Listening sockets by inode, as proc(5) describes /proc/net/tcp.
std::map<std::string, std::string> listening_sockets(std::uint16_t port) {
  std::map<std::string, std::string> addresses;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    const auto text = read_file_if_exists(table);
    for (const std::string& line : base::split(text.value_or(""), '\n')) {
      const std::vector<std::string> fields = base::words(line);
      if (fields.size() < 10 || fields[3] != kListening) continue;
      const std::size_t colon = fields[1].find(':');
      if (colon == std::string::npos || from_hex<std::uint16_t>(std::string_view(fields[1]).substr(colon + 1)) != port) continue;
      addresses[fields[9]] = address_text(std::string_view(fields[1]).substr(0, colon));
    }
  }
  return addresses;
}

/// The inodes of the sockets that a process has open; none if this user may not know.
std::vector<std::string> sockets_of(const fs::path& process) {
  constexpr std::string_view kSocket = "socket:[";
  std::vector<std::string> inodes;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(process / "fd", ignored)) {
    const std::string target = fs::read_symlink(entry.path(), ignored).string();
    if (target.starts_with(kSocket)) inodes.push_back(target.substr(kSocket.size(), target.size() - kSocket.size() - 1));
  }
  return inodes;
}

std::string short_name(const fs::path& process) {
  try {
    return std::string(base::trim(read_file_if_exists(process / "comm").value_or("")));
  } catch (const base::Error&) {
    return {};  // it has just ended
  }
}

}  // namespace

std::vector<std::string> resolve(const std::string& host) {
  const Addresses found = look_up(host.c_str(), nullptr, AI_ADDRCONFIG);
  std::vector<std::string> texts;
  for (const addrinfo* item = found.get(); item != nullptr; item = item->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    getnameinfo(item->ai_addr, item->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
    if (std::find(texts.begin(), texts.end(), text.data()) == texts.end()) texts.emplace_back(text.data());
  }
  return texts;
}

std::string listen_problem(const std::string& address, std::uint16_t port) {
  const Addresses found =
      look_up(address.empty() ? nullptr : address.c_str(), std::to_string(port).c_str(), AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV);
  const Fd socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;  // connections that ended lately don't hold a port
  setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  return ::bind(socket.get(), found->ai_addr, found->ai_addrlen) == 0 ? "" : std::strerror(errno);
}

std::vector<Listener> find_listeners(std::uint16_t port) {
  std::map<std::string, std::string> sockets = listening_sockets(port);
  std::vector<Listener> listeners;
  if (sockets.empty()) return listeners;
  std::error_code ignored;
  for (const fs::directory_entry& process : fs::directory_iterator("/proc", ignored)) {
    pid_t pid = 0;
    const std::string name = process.path().filename().string();
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ptr != name.data() + name.size()) continue;
    for (const std::string& inode : sockets_of(process.path())) {
      const auto found = sockets.find(inode);
      if (found == sockets.end()) continue;
      listeners.push_back({found->second, pid, short_name(process.path())});
      sockets.erase(found);
    }
  }
  for (const auto& [inode, address] : sockets) listeners.push_back({address, 0, ""});
  return listeners;
}

}  // namespace sys
