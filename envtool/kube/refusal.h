// Answers that say no, in words. Source: the type metav1.Status of Kubernetes' API conventions.
#pragma once

#include <string>

#include "envtool/kube/object.h"
#include "envtool/kube/transport.h"

namespace kube {

/// What was asked for, for messages.
struct Asked {
  std::string verb;                       ///< `apply`, `list`
  std::string object;                     ///< `ConfigMap/settings`, `ConfigMaps`
  std::string kubernetes_namespace = {};  ///< empty: of none
};

/// Nothing if the reply is a good one (status 2xx).
std::optional<Refusal> refusal_of(const Asked& asked, const Reply& reply, const Connection& connection);

/// From a Status that came by other ways than a reply.
Refusal refusal_of(const Asked& asked, int code, const doc::Value& status, const Connection& connection);

}  // namespace kube
