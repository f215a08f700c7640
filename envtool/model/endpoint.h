// Hosts and ports as people write them: in URLs, in `sshHostname`, on the command line. Resolves no names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace model {

struct Endpoint {
  std::string host;        ///< a name or an address, an IPv6 address without brackets
  std::uint16_t port = 0;
};

/// `host`, `host:port`, `[address]:port`, or an IPv6 address as it is. Nothing for any other text; a port is from 1 to 65535.
/// Without a port it is `default_port`, or nothing if that is 0.
std::optional<Endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port = 0);

/// Where an http or https URL leads. Nothing for any other text.
std::optional<Endpoint> endpoint_of_url(std::string_view url);

/// Whether an address, or the name `localhost`, is one that only its own machine reaches.
bool is_loopback(std::string_view host);

/// Whether it stands for every address of a machine: empty, `0.0.0.0` or `::`.
bool is_any_address(std::string_view host);

/// Whether it is an address and not a name.
bool is_address(std::string_view host);

}  // namespace model
