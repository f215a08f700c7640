// A set of patches on a set of objects: which patch goes to which objects, and what happens to those it misses.
// Knows Kubernetes' apiVersion, kind and metadata.name; how patches merge is in strategic.h, merge.h and json_patch.h.
#pragma once

#include <string>
#include <vector>

#include "envtool/doc/value.h"

namespace patch {

enum class PatchType { strategic, merge, json };

/// Which objects a patch is for; an empty member matches any.
struct Target {
  std::string api_version;
  std::string kind;
  std::string name;
};

struct Patch {
  Target target;
  doc::Value content;
  PatchType type = PatchType::strategic;
};

/// The target that a strategic or merge patch names by its own apiVersion, kind and metadata.name.
Target target_of(const doc::Value& content);

/// Whether an object is one of the target's.
bool matches(const Target& target, const doc::Value& object);

/// The objects after all patches, in their order; later patches see what earlier ones did. A strategic patch that is
/// `$patch: delete` as a whole takes its objects out.
///
/// Throws base::Error with all problems at once: patches that match no object (with the names that were there), patches
/// that do not apply, and results that are no object of Kubernetes any more. Spans are those of the patches.
std::vector<doc::Value> apply_patches(std::vector<doc::Value> objects, const std::vector<Patch>& patches);

}  // namespace patch
