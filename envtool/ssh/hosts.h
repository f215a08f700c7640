// Lines of known_hosts and authorized_keys files (sshd(8)): written, and searched as ssh does. Knows no network.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "envtool/ssh/key.h"

namespace ssh {

inline constexpr std::uint16_t kDefaultPort = 22;

/// A host as known_hosts names it: `host`, or `[host]:port` for any port but 22.
std::string host_name(std::string_view host, std::uint16_t port = kDefaultPort);

/// `name,name key`, with one newline at the end. Names are used as they are: see `host_name`.
/// Throws base::Error for no names and for names with blanks or commas.
std::string known_hosts_line(const std::vector<std::string>& names, const PublicKey& key);

/// `from="address,address" key`, with one newline at the end; without addresses, only the key.
/// Throws base::Error for addresses with blanks, commas or quotes.
std::string authorized_keys_line(const std::vector<std::string>& from, const PublicKey& key);

/// A line of a known_hosts text that speaks of a host.
struct KnownHost {
  enum class Marker { none, cert_authority, revoked };
  int line = 0;  ///< from 1
  Marker marker = Marker::none;
  PublicKey key;
};

/// The lines that ssh would consider for a host: plain names, `*` and `?` patterns, `!` exceptions, and hashed names.
/// Lines that cannot be read are passed over, as ssh does.
std::vector<KnownHost> find_host(std::string_view known_hosts, std::string_view host,
                                 std::uint16_t port = kDefaultPort);

/// Throws base::Error unless some key is stated for the host that isn't revoked. `name` is what the text is called.
void require_host(std::string_view known_hosts, const std::string& name, std::string_view host,
                  std::uint16_t port = kDefaultPort);

}  // namespace ssh
