// A directory that appears under its name whole or not at all. Knows nothing of what is put into it.
#pragma once

#include <filesystem>

#include "envtool/sys/fd.h"

namespace git {

/// A new, empty directory beside `destination`, named `.<name>.partial`. It is removed with the object unless `publish`
/// was called; one that a killed process left behind is taken over and emptied.
class StagedDirectory {
 public:
  /// Makes the parents as needed. Throws base::Error if `destination` exists or another process is at work on it.
  explicit StagedDirectory(const std::filesystem::path& destination);
  ~StagedDirectory();
  StagedDirectory(StagedDirectory&&) = delete;

  const std::filesystem::path& path() const { return path_; }

  /// Moves it to its destination. Throws base::Error if that has come into being meanwhile.
  void publish();

 private:
  void lock();
  bool lock_once();

  std::filesystem::path destination_;
  std::filesystem::path path_;
  sys::Fd lock_;
  bool published_ = false;
};

}  // namespace git
