// What goes into an archive: layers, the later over the earlier. Plain data; nothing is read before `walk`,
// `write_tar` or `digest`. Knows neither tar nor what the content is for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "envtool/archive/pattern.h"

namespace archive {

enum class Kind { file, directory, symlink };

/// Owner of an entry, by name and by number; readers that know the name may prefer it.
struct Owner {
  std::string user = "root";
  std::uint32_t uid = 0;
  std::string group = "root";
  std::uint32_t gid = 0;
  friend bool operator==(const Owner&, const Owner&) = default;
};

/// Permissions that entries of a tree get, whatever the umask of the checkout made of them.
struct Modes {
  std::uint32_t directory = 0755;
  std::uint32_t file = 0644;
  std::uint32_t executable = 0755;  ///< files that their owner may execute
};

/// Changes entries of a tree whose path below the tree matches; of several that match the last counts.
struct Rule {
  std::string pattern;  ///< as in `Pattern`; a match of a directory does not reach what is in it
  std::optional<std::uint32_t> mode;
  std::optional<Owner> owner;
};

/// A directory of this machine with all that is in it. `.gitkeep` files are left out, their directories stay.
struct Tree {
  std::filesystem::path directory;
  std::string prefix;  ///< where it appears in the archive; empty for the root
  Owner owner;
  Modes modes;
  std::vector<Rule> rules;
  IgnoreList ignore;  ///< paths below `directory` to leave out
};

/// A file made in memory.
struct File {
  std::string path;
  std::string content;
  std::uint32_t mode = 0644;
  Owner owner;
};

/// A directory; also the way to give the root (an empty path) its owner and mode.
struct Directory {
  std::string path;
  std::uint32_t mode = 0755;
  Owner owner;
};

struct Symlink {
  std::string path;
  std::string target;
  Owner owner;
};

/// Directories that several layers hold are merged; a file or link replaces one of an earlier layer.
using Layer = std::variant<Tree, File, Directory, Symlink>;

/// Takes bytes in the order they come; the view is valid during the call only. May throw to stop the work.
using Sink = std::function<void(std::string_view)>;

}  // namespace archive
