// A set of patches on a set of objects: which patch goes to which objects, and what happens to those it misses.
// Knows Kubernetes' apiVersion, kind and metadata.name; how patches merge is in strategic.h, merge.h and json_patch.h.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "envtool/base/error.h"
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

/// Patches objects one after the other, so that no more than one has to be in memory. The order of patches counts; the time for
/// an object doesn't grow with the number of patches for others that are named.
class Patching {
 public:
  /// The patches must outlive this object.
  explicit Patching(const std::vector<Patch>& patches);

  /// The object after all patches that match it; each sees what earlier ones did. Nothing if a strategic patch that is
  /// `$patch: delete` as a whole took it out, or if there is a problem for `finish` to tell.
  std::optional<doc::Value> apply(doc::Value object);

  /// To be called after the last object. Throws base::Error with all problems at once, in the order of the patches: those that
  /// matched no object (with the names that were there), those that do not apply, and results that are no object of Kubernetes
  /// any more. Spans are those of the patches.
  void finish() const;

 private:
  std::size_t next_for(const std::string& name, std::size_t from) const;
  /// What has failed counts as a match of later patches, so that one mistake is one problem.
  void fail(std::size_t patch, const std::string& name, base::Error error);

  const std::vector<Patch>& patches_;
  std::vector<std::size_t> of_any_name_;
  std::unordered_map<std::string, std::vector<std::size_t>> of_name_;
  std::vector<bool> matched_;
  std::vector<std::string> names_;  ///< of the objects so far
  std::multimap<std::size_t, base::Error> problems_;
};

/// The objects after all patches, in their order. Throws as Patching does.
std::vector<doc::Value> apply_patches(std::vector<doc::Value> objects, const std::vector<Patch>& patches);

}  // namespace patch
