#include "envtool/git/staging.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "envtool/base/error.h"

namespace git {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void throw_errno(std::string_view action, const fs::path& path) {
  const std::string reason = std::generic_category().message(errno);
  throw base::Error(fmt::format("cannot {} `{}`: {}", action, path.native(), reason));
}

[[noreturn]] void throw_exists(const fs::path& destination) {
  throw base::Error(fmt::format("`{}` exists already", destination.native()))
      .hint("move it away, or keep it and use it as it is");
}

fs::path without_final_slash(const fs::path& path) {
  return path.has_filename() ? path : path.parent_path();
}

bool is_same_directory(int descriptor, const fs::path& path) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(descriptor, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
         opened.st_dev == named.st_dev;
}

}  // namespace

StagedDirectory::StagedDirectory(const fs::path& destination)
    : destination_(without_final_slash(fs::absolute(destination))),
      path_(destination_.parent_path() / fmt::format(".{}.partial", destination_.filename().native())) {
  if (fs::exists(fs::symlink_status(destination_))) throw_exists(destination_);
  std::error_code failure;
  fs::create_directories(destination_.parent_path(), failure);
  if (failure) {
    throw base::Error(
        fmt::format("cannot create `{}`: {}", destination_.parent_path().native(), failure.message()));
  }
  lock();
  for (const fs::directory_entry& left_over : fs::directory_iterator(path_)) fs::remove_all(left_over.path());
}

StagedDirectory::~StagedDirectory() {
  std::error_code ignored;
  if (!published_) fs::remove_all(path_, ignored);
}

void StagedDirectory::lock() {
  while (!lock_once()) {
  }
}

/// False if the directory was moved away between opening and locking it.
bool StagedDirectory::lock_once() {
  if (::mkdir(path_.c_str(), 0777) != 0 && errno != EEXIST) throw_errno("create", path_);
  lock_ = sys::Fd(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!lock_ && errno == ENOENT) return false;
  if (!lock_) throw_errno("open", path_);
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    throw base::Error(fmt::format("another process is making `{}`", destination_.native()));
  }
  return is_same_directory(lock_.get(), path_);
}

void StagedDirectory::publish() {
  if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, destination_.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno == EEXIST) throw_exists(destination_);
    throw_errno("create", destination_);
  }
  published_ = true;
}

}  // namespace git
