// What kinds a server knows. Parses its answers; asks nothing.
// Source: kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "envtool/doc/value.h"
#include "envtool/kube/object.h"

namespace kube {

/// What to accept so that newer servers tell everything at once.
inline constexpr std::string_view kAggregatedDiscovery =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

/// Whether an answer of `/api` or `/apis` tells everything at once.
bool is_aggregated(const doc::Value& answer);

/// The kinds of an aggregated answer.
std::vector<Resource> resources_of_aggregated(const doc::Value& answer);

/// The paths to ask for kinds, of an answer of `/api` or `/apis` that is not aggregated: `/api/v1`, `/apis/apps/v1`.
std::vector<std::string> paths_of_groups(const doc::Value& answer);

/// The kinds of an APIResourceList.
std::vector<Resource> resources_of_list(const doc::Value& answer);

/// For a file, and back. What can't be read gives nothing.
doc::Value to_value(const std::vector<Resource>& resources);
std::vector<Resource> resources_of_value(const doc::Value& value);

/// A name as a part of a path. Servers decode first and split then: throws base::Error for what would be more or less than one part.
std::string path_segment(std::string_view name);

/// `/apis/apps/v1/namespaces/x/deployments`; an empty namespace: of all of them, or of none.
std::string path_of(const Resource& resource, std::string_view kubernetes_namespace);

}  // namespace kube
