#include "envtool/sys/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "envtool/base/error.h"

namespace sys {
namespace {

using base::Error;

Error failure(std::string_view doing, const fs::path& path) {
  return Error(fmt::format("cannot {} `{}`: {}", doing, path.string(), std::strerror(errno)));
}

std::string read_all(const Fd& fd, const fs::path& path, std::size_t limit) {
  struct stat info {};
  if (fstat(fd.get(), &info) != 0) throw failure("read", path);
  if (S_ISDIR(info.st_mode)) throw Error(fmt::format("cannot read `{}`: it is a folder", path.string()));
  if (S_ISFIFO(info.st_mode)) throw Error(fmt::format("cannot read `{}`: it is a pipe, not a file", path.string()));
  std::string bytes;
  bytes.reserve(std::min(limit, static_cast<std::size_t>(info.st_size)));
  std::array<char, 65536> buffer;  // NOLINT: filled by read
  while (true) {
    const ssize_t n = read(fd.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw failure("read", path);
    if (n == 0) return bytes;
    bytes.append(buffer.data(), static_cast<std::size_t>(n));
    if (bytes.size() > limit) throw Error(fmt::format("`{}` is larger than {} MiB", path.string(), limit >> 20U));
  }
}

void write_all(const Fd& fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw failure("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

/// A new file beside `path`, complete and on disk; the caller renames or links it into place.
fs::path write_beside(const fs::path& path, const Feed& feed, Access access) {
  std::string name = fmt::format("{}.new.XXXXXX", path.string());
  const Fd fd(mkostemp(name.data(), O_CLOEXEC));
  if (!fd) throw failure("create a file beside", path);
  try {
    feed([&](std::string_view bytes) { write_all(fd, bytes, path); });
    if (fchmod(fd.get(), static_cast<mode_t>(access)) != 0 || fsync(fd.get()) != 0) throw failure("write", path);
  } catch (...) {
    unlink(name.c_str());
    throw;
  }
  return name;
}

fs::path write_beside(const fs::path& path, std::string_view bytes, Access access) {
  return write_beside(path, [bytes](const Sink& sink) { sink(bytes); }, access);
}

bool holds(const fs::path& path, std::string_view bytes, Access access) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return false;
  if (static_cast<std::size_t>(info.st_size) != bytes.size() || read_file(path) != bytes) return false;
  return (info.st_mode & 07777U) == static_cast<mode_t>(access) || chmod(path.c_str(), static_cast<mode_t>(access)) == 0;
}

/// Renames a file that was written beside `path`. Folders aren't synced: after a loss of power the old file or the new one is there,
/// and of a new one all or nothing.
void put_in_place(const fs::path& fresh, const fs::path& path) {
  if (rename(fresh.c_str(), path.c_str()) != 0) {
    const Error error = failure("write", path);
    unlink(fresh.c_str());
    throw error;
  }
}

fs::path temporary_folder() {
  const char* folder = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe)
  return folder != nullptr && *folder != '\0' ? folder : "/tmp";
}

}  // namespace

std::string read_file(const fs::path& path, std::size_t limit) {
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a pipe would wait for its other end
  if (!fd) throw failure("read", path);
  return read_all(fd, path, limit);
}

std::optional<std::string> read_file_if_exists(const fs::path& path) {
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (!fd) throw failure("read", path);
  return read_all(fd, path, std::size_t{256} << 20U);
}

bool write_file(const fs::path& path, std::string_view bytes, Access access) {
  if (holds(path, bytes, access)) return false;
  put_in_place(write_beside(path, bytes, access), path);
  return true;
}

void write_file(const fs::path& path, const Feed& feed, Access access) { put_in_place(write_beside(path, feed, access), path); }

bool rewrite_file(const fs::path& path, std::string_view bytes) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  struct stat info {};
  if (error || stat(real.c_str(), &info) != 0) throw failure("write", path);
  if (read_file(real) == bytes) return false;
  const fs::path fresh = write_beside(real, bytes, static_cast<Access>(info.st_mode & 07777U));
  const bool kept = chown(fresh.c_str(), info.st_uid, info.st_gid) == 0;
  if (kept) return put_in_place(fresh, real), true;
  const Error problem = failure("keep the owner of", path);
  unlink(fresh.c_str());
  throw problem;
}

bool create_file(const fs::path& path, std::string_view bytes, Access access) {
  const fs::path fresh = write_beside(path, bytes, access);
  const bool linked = link(fresh.c_str(), path.c_str()) == 0;
  const int reason = errno;
  unlink(fresh.c_str());
  errno = reason;
  if (!linked && reason != EEXIST) throw failure("create", path);
  return linked;
}

void make_folder(const fs::path& path, Access access) {
  if (path.empty() || fs::is_directory(path)) return;
  std::error_code error;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), error);
  const mode_t mode = access == Access::secret ? 0700 : 0755;
  if (mkdir(path.c_str(), mode) == 0) return;
  const bool exists = errno == EEXIST;
  const Error problem = failure("make the folder", path);
  if (!exists || !fs::is_directory(path, error)) throw problem;
}

TemporaryFile::TemporaryFile(std::string_view bytes, std::string_view suffix, const std::optional<User>& owner) {
  std::string name = (temporary_folder() / fmt::format("envtool-XXXXXX{}", suffix)).string();
  const Fd fd(mkostemps(name.data(), static_cast<int>(suffix.size()), O_CLOEXEC));
  if (!fd) throw failure("create a file in", temporary_folder());
  path_ = name;
  try {
    if (owner && fchown(fd.get(), owner->uid, owner->gid) != 0) throw failure("hand over", path_);
    write_all(fd, bytes, path_);
  } catch (...) {
    unlink(path_.c_str());
    throw;
  }
}

TemporaryFile::TemporaryFile(TemporaryFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}

TemporaryFile::~TemporaryFile() {
  if (!path_.empty()) unlink(path_.c_str());
}

FileLock FileLock::acquire(const fs::path& path) {
  Fd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  int status = -1;
  do {
    status = fd ? flock(fd.get(), LOCK_EX) : -1;
  } while (status != 0 && errno == EINTR);
  if (status != 0) throw failure("lock", path);
  return FileLock(std::move(fd));
}

std::optional<FileLock> FileLock::try_acquire(const fs::path& path) {
  Fd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) throw failure("lock", path);
  if (flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return FileLock(std::move(fd));
  if (errno != EWOULDBLOCK) throw failure("lock", path);
  return std::nullopt;
}

}  // namespace sys
