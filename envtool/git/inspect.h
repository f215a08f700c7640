// What stands at a path that ought to be a git repository, and in what state. Changes nothing.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>

namespace git {

/// There is nothing at the path.
struct Missing {};
/// An empty directory, as a failed clone leaves it.
struct Empty {};
/// Something else: a file, or a directory with content that is not the top of a repository, even if it is part of one.
struct NoRepository {};

struct Repository {
  std::string commit;                    ///< of HEAD, 40 hexadecimal digits; empty before the first commit
  std::optional<std::string> branch;     ///< nothing if HEAD is detached
  std::optional<std::string> described;  ///< as `git describe --tags` puts it; nothing without a tag
  bool dirty = false;                    ///< files were changed, added or removed since the commit
  std::optional<std::string> origin;     ///< the URL of the remote `origin`; may hold a password
};

using Inspection = std::variant<Missing, Empty, NoRepository, Repository>;

/// Looks at a path itself, not at directories above it. Repositories of other users are read too: nothing that they
/// could configure is run. Throws base::Error if a repository is there but damaged or unreadable.
Inspection inspect(const std::filesystem::path& path);

/// Whether `inspect` would find a repository. Of the usual clone this is told without libgit2, which reads all of the machine's
/// certificates before it does anything. Throws as `inspect` does, but for damage inside a clone.
bool is_repository(const std::filesystem::path& path);

}  // namespace git
