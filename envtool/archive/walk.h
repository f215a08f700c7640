// Goes through layers in the one order that archives and digests share: depth first, names sorted by bytes.
// Reads directories as it goes, so memory depends on the largest directory, not on the tree.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "envtool/archive/layer.h"
#include "envtool/base/error.h"

namespace archive {

/// What tells one state of a file of this machine from another without reading it. Times are nanoseconds.
struct Stamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified = 0;
  std::int64_t changed = 0;
  friend auto operator<=>(const Stamp&, const Stamp&) = default;
};

/// A file of this machine that an entry takes its bytes from; valid during the visit only.
struct DiskFile {
  int directory = -1;
  const char* name = nullptr;
  Stamp stamp;
};

/// One entry as it will stand in the archive.
struct Entry {
  std::string path;  ///< parts separated by `/`; empty for the root
  Kind kind = Kind::file;
  std::uint32_t mode = 0;
  Owner owner;
  std::uint64_t size = 0;             ///< bytes of a file, 0 otherwise
  std::string target;                 ///< of a symlink
  std::string origin;                 ///< for messages: the file it comes from, or the path when made in memory
  const std::string* text = nullptr;  ///< content of a file made in memory, else `disk` has it
  DiskFile disk;
};

/// Calls `visit` for every entry, the root first, directories before what is in them.
/// Throws base::Error for what cannot be read, for sockets, pipes and devices, for a symlink that leaves its tree,
/// and where one layer has a directory and another a file; and whatever `visit` throws.
void walk(const std::vector<Layer>& layers, const std::function<void(const Entry&)>& visit);

/// Reports everything that keeps a tree from being archived: what `walk` throws for, and files that can't be read.
void check_tree(const Tree& tree, base::Diagnostics& problems);

/// Gives the content of a file entry to `sink`, in pieces, exactly `entry.size` bytes; `buffer` is scratch space
/// that calls may share. Throws base::Error if the file cannot be read or has become shorter.
void read_content(const Entry& entry, std::string& buffer, const Sink& sink);

}  // namespace archive
