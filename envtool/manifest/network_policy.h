// NetworkPolicies: nothing in, nothing out, but what an environment needs. Knows addresses, not what is behind them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "envtool/doc/value.h"

namespace manifest {

/// A place that a pod connects to.
struct Destination {
  std::vector<std::string> blocks;  ///< CIDRs; none: it is the pod itself
  std::uint16_t port = 0;           ///< 0: any
};

/// Where a URL leads: `https://host/path`, `ssh://host:port`, `tcp://10.0.0.0/8:5432`, `tcp://[2001:db8::]/32`. Ports of http, https
/// and ssh are known; without one tcp means any. A host's name means every address: policies know no names. Throws base::Error
/// for any other text.
Destination destination_of(std::string_view url);

/// Who may connect to a port. An empty list is everybody.
struct OpenPort {
  std::uint16_t port = 0;
  std::vector<std::string> from;  ///< CIDRs
};

/// Denies all traffic of all pods in the namespace.
doc::Value deny_all_policy();

/// Lets connections in to the pods that `selector` (labels) chooses; nothing if there is no port.
doc::Value ingress_policy(const std::string& name, const doc::Value& selector, const std::vector<OpenPort>& ports);

/// Lets the pods ask the cluster's DNS, and connect to the destinations. The addresses of clouds' metadata services are left
/// out of every block that holds them.
doc::Value egress_policy(const std::string& name, const doc::Value& selector, const std::vector<Destination>& destinations);

/// Whether a text is a CIDR: `10.0.0.0/8`, `2001:db8::/32`.
bool is_cidr(std::string_view text);

}  // namespace manifest
