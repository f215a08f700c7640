// Whether manifests work where they are sent: any manifests, not only those that envtool composes. Knows the tables of targets and
// of Kubernetes' API, and asks nobody.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "envtool/base/source.h"
#include "envtool/doc/value.h"
#include "envtool/manifest/target.h"

namespace manifest {

/// `fine`: as it is. `rewritten`: the target itself takes it otherwise than it is meant, or not at all, and envtool writes it in a
/// form that the target takes. `refused`: no form of it works there.
enum class Verdict { fine, rewritten, refused };

std::string_view to_string(Verdict verdict);

struct Finding {
  Verdict verdict = Verdict::refused;
  std::string message;
  std::string hint;  ///< may be empty
  base::Span span;
};

/// What keeps objects of one manifest from working on a target as they are, in the order of the manifest. For Kubernetes: what an
/// API server with strict validation refuses in a namespace that enforces the Pod Security level `baseline`, as far as it can be told
/// without the server. For podman: what `kube play` fails on, and what it ignores in silence.
std::vector<Finding> check_portability(const std::vector<doc::Value>& objects, const Target& target);

/// The worst of them.
Verdict verdict_of(const std::vector<Finding>& findings);

}  // namespace manifest
