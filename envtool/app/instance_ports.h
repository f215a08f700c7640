// Ports of this machine that instances of environments publish: free ones, chosen once and remembered.
//
// What is remembered stands in one file of the project, and whoever changes it holds a lock: two instances never get the same
// port, however many come up at once. The environment by itself has the ports of its definition.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "envtool/app/project.h"
#include "envtool/model/env.h"

namespace app {

/// Ports of this machine by the names that a definition has for them.
using HostPorts = std::map<std::string, std::uint16_t>;

/// What is known when ports are chosen.
struct PortChoice {
  HostPorts fixed;       ///< by the command line: taken as they are
  HostPorts remembered;  ///< from before: kept if `keeps` says so
  std::set<std::uint16_t> taken;  ///< by other instances
  std::function<bool(const std::string& address, std::uint16_t port)> keeps;
  std::function<bool(const std::string& address, std::uint16_t port)> is_free;
};

/// A port for each of `ports`, no two the same: the one that is fixed, the one that is remembered, or the first that is free
/// above the definition's own. Throws base::Error when there is none.
HostPorts choose_ports(const std::vector<model::Port>& ports, const PortChoice& choice);

/// What to do about a port that is remembered and in use.
enum class PortInUse {
  keep,     ///< the instance itself may be what uses it
  replace,  ///< the instance isn't there, so that somebody else does
};

/// The ports that an instance has, by its id; empty if none were chosen.
HostPorts remembered_ports(const Project& project, const std::string& id);

/// What `reserve_ports` would choose now. Nothing is remembered.
HostPorts propose_ports(const Project& project, const model::Env& env, const HostPorts& fixed);

/// Chooses the ports of an instance and remembers them.
HostPorts reserve_ports(const Project& project, const model::Env& env, const HostPorts& fixed, PortInUse in_use);

/// Others may have its ports from now on.
void forget_ports(const Project& project, const std::string& id);

}  // namespace app
