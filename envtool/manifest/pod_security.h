// What the Pod Security Standards allow a Pod, as the namespace's label `pod-security.kubernetes.io/enforce` checks it.
// Source: kubernetes.io, "Pod Security Standards"; k8s.io/pod-security-admission/policy.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "envtool/base/source.h"
#include "envtool/doc/value.h"

namespace manifest {

enum class PodSecurity { baseline, restricted };

std::string_view to_string(PodSecurity level);

struct Violation {
  std::string what;  ///< ends the sentence "the Pod violates `baseline`: ..."
  base::Span span;
};

/// What a Pod's `spec` does that a level forbids.
std::vector<Violation> violations(const doc::Value& pod_spec, PodSecurity level);

}  // namespace manifest
