// The names that composed objects get in a cluster, which takes fewer names than podman does. Knows kinds as words only.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace manifest {

/// A name that Kubernetes takes, made of any: lower case, `-` for what isn't a letter or digit, at most `limit` bytes (16 or
/// more). Different names may give the same one.
std::string plain_name(std::string_view name, std::size_t limit);

/// Names by kind. Which name one gets depends on the others of its kind, and not on their order.
class ObjectNames {
 public:
  /// Notes a name. All must be noted before the first is asked for.
  void add(const std::string& kind, const std::string& name);

  /// `a_b` is `a-b`, unless another name of the same kind would be that, too: then all but the one that is called so already end
  /// in `---` and a digest. At most `limit` bytes. A name that nobody noted is treated as if it were alone.
  std::string in_cluster(const std::string& kind, const std::string& name, std::size_t limit = 63) const;

 private:
  std::map<std::string, std::set<std::string>> names_;
};

/// The name of an object whose content never changes: the name and ten digits of the content's digest.
std::string with_digest(const std::string& name, const std::string& digest);

}  // namespace manifest
