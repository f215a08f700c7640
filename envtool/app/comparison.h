// Two environments side by side: where their definitions and manifests differ, and which of that is as it should be.
#pragma once

#include <string>
#include <vector>

#include "envtool/app/environment.h"
#include "envtool/base/error.h"
#include "envtool/doc/difference.h"

namespace app {

/// Paths in which environments may differ: one pattern a line, `*` stands for any text, `#` begins a comment.
class AllowedDifferences {
 public:
  AllowedDifferences() = default;
  explicit AllowedDifferences(const base::Source& source);

  /// Remembers which pattern it was.
  bool allows(const std::string& path);
  /// One for each pattern that has allowed nothing so far.
  std::vector<base::Diagnostic> unused() const;

 private:
  struct Pattern {
    std::string text;
    base::Span span;
    bool used = false;
  };
  std::vector<Pattern> patterns_;
};

/// What is compared of an environment: `definition`, all layers merged, and `manifest`, its objects by kind (and name where there
/// are several of a kind). `sources` must outlive the result. Throws base::Error for a bad definition.
doc::Value comparable(const Project& project, const EnvironmentOptions& options, base::Sources& sources);

}  // namespace app
