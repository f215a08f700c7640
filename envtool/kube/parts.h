// What a client is made of, for the .cc files that implement it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "envtool/kube/catalog.h"
#include "envtool/kube/client.h"
#include "envtool/kube/refusal.h"
#include "envtool/kube/transport.h"

namespace kube {

class Client::Parts {
 public:
  Parts(Connection connection, Settings chosen, sys::Processes& processes, sys::Clock& clock);

  const Connection& connection() const { return transport.connection(); }
  /// The namespace of what is asked for; empty for kinds without one.
  std::string namespace_of(const Resource& resource, std::string_view said) const;
  /// `/api/v1/namespaces/x/pods/name`. Throws base::Error if the server knows no such kind.
  std::string path_of_object(const Reference& reference, const std::stop_token& stop);
  /// Throws base::Error if the server knows no such kind.
  Resource resource_of(std::string_view api_version, std::string_view kind, const std::stop_token& stop);
  Asked asked(std::string verb, const Reference& reference, const std::stop_token& stop);

  const Settings settings;
  Transport transport;
  Catalog catalog;
};

/// `a=1&b=2` with what needs it encoded; pairs with empty values are left out.
std::string query(const std::vector<std::pair<std::string, std::string>>& pairs);

}  // namespace kube
