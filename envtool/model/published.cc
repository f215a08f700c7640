#include "envtool/model/published.h"

#include <fmt/format.h>

#include "envtool/model/endpoint.h"

namespace model {
namespace {

/// Why a URL doesn't lead to a published port, or the empty string. A name may stand for any address but the loopback's.
std::string mismatch(const Endpoint& promised, const Port& port) {
  if (promised.port != port.host_port) return fmt::format("port {} is published, not {}", port.host_port, promised.port);
  if (is_any_address(port.host_ip)) return {};
  if (is_loopback(port.host_ip)) return fmt::format("it is published at {}, which only this machine reaches", port.host_ip);
  if (!is_address(promised.host) || promised.host == port.host_ip) return {};
  return fmt::format("it is published at {}, not at {}", port.host_ip, promised.host);
}

void check_key(const Env& env, const DeployKey& key, const std::string& url, base::Diagnostics& problems) {
  const std::optional<Endpoint> promised = endpoint_of_url(url);
  if (!promised) return;
  if (!env.network.empty() && promised->host == env.pod) return;
  const Port* port = env.find_port(key.port);
  if (port == nullptr) {
    auto& problem = problems.warning(fmt::format("`{}` is {}, but the pod publishes no port `{}`", key.name, url, key.port));
    problem.hints.push_back(fmt::format("publish it: --publish-hub {}:{}", is_address(promised->host) ? promised->host : "ADDRESS", promised->port));
    return;
  }
  const std::string why = mismatch(*promised, *port);
  if (!why.empty()) problems.warning(fmt::format("`{}` is {}, but {}", key.name, url, why));
}

}  // namespace

void check_published(const Env& env, const DeployValues& values, base::Diagnostics& problems) {
  for (const DeployKey& key : env.deploy.keys) {
    const auto value = values.find(key.name);
    if (!key.port.empty() && value != values.end() && !is_placeholder(value->second)) check_key(env, key, value->second, problems);
  }
}

}  // namespace model
