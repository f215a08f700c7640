// The digest of layers: one value that changes when anything in their archive would. Knows no tar.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "envtool/archive/layer.h"
#include "envtool/archive/walk.h"

namespace archive {

/// Digests of files that were read before, found again by path, size, inode and both times. The caller keeps it
/// between runs as text; losing it costs time only. One thread at a time.
class FileDigestCache {
 public:
  /// A file that changed less than `settling` ago is not remembered: it could change again within one tick of the
  /// file system's clock, and nothing but its content would tell.
  explicit FileDigestCache(std::chrono::nanoseconds settling = std::chrono::seconds(2)) : settling_(settling) {}

  /// From `text()` of an earlier run. Lines that cannot be understood are forgotten.
  static FileDigestCache parse(std::string_view text);
  /// What was asked for or added since this object was made, one file per line, sorted.
  std::string text() const;

  std::optional<std::string> find(const std::string& path, const Stamp& stamp);
  void add(const std::string& path, const Stamp& stamp, std::string digest);

 private:
  struct Known {
    Stamp stamp;
    std::string digest;
    bool used = false;
  };
  std::chrono::nanoseconds settling_;
  std::map<std::string, Known> known_;
};

/// SHA-256 in hexadecimal over all that `write_tar` would write but the times: paths, kinds, modes, owners,
/// contents and link targets. Reads each file once, or not at all if the cache knows it. Throws as `walk` does.
std::string digest(const std::vector<Layer>& layers);
std::string digest(const std::vector<Layer>& layers, FileDigestCache& cache);

}  // namespace archive
