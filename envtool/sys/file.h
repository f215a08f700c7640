// Files: read whole, written whole or not at all. Knows nothing of their formats.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "envtool/sys/fd.h"
#include "envtool/sys/process.h"

namespace sys {

namespace fs = std::filesystem;

/// The bytes of a file. Throws base::Error naming the path and the reason; `limit` bytes at most.
std::string read_file(const fs::path& path, std::size_t limit = 256U << 20U);

/// The bytes of a file, or nothing if there is none. Other failures throw.
std::optional<std::string> read_file_if_exists(const fs::path& path);

enum class Access : mode_t { secret = 0600, shared = 0644, executable = 0755 };

/// Writes through a temporary file beside `path`, fsync and rename, with the access from creation. A file that holds the
/// same bytes already keeps its inode and gets the access. Returns whether anything was written. Throws base::Error.
bool write_file(const fs::path& path, std::string_view bytes, Access access);

/// As `write_file`, of what `feed` gives, at any size. `path` is what it was if that throws.
void write_file(const fs::path& path, const Feed& feed, Access access);

/// As `write_file`, for a file that is there, perhaps behind symbolic links: its access and its owner stay.
bool rewrite_file(const fs::path& path, std::string_view bytes);

/// As `write_file`, but refuses to replace: returns false when `path` exists.
bool create_file(const fs::path& path, std::string_view bytes, Access access);

/// Makes a folder and its parents; `secret` gives the last one 0700 if it had to be made.
void make_folder(const fs::path& path, Access access = Access::shared);

/// A file in the temporary folder that only `owner` (or this user) can read; gone with the object.
class TemporaryFile {
 public:
  TemporaryFile(std::string_view bytes, std::string_view suffix, const std::optional<User>& owner);
  ~TemporaryFile();
  TemporaryFile(TemporaryFile&& other) noexcept;
  TemporaryFile& operator=(TemporaryFile&& other) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// A lock between processes (flock on a file) that dies with its process.
class FileLock {
 public:
  /// The lock, or nothing if another process holds it. Throws base::Error if the file can't be made.
  static std::optional<FileLock> try_acquire(const fs::path& path);
  /// The same, but waits until it is free. For what is held for moments.
  static FileLock acquire(const fs::path& path);

 private:
  explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace sys
