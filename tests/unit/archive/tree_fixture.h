// A temporary directory for tests, and short ways to fill it.
#pragma once

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace archive {

/// Lives in the directory for temporary files and is removed with everything in it.
class TemporaryTree {
 public:
  TemporaryTree() {
    std::string name = (std::filesystem::temp_directory_path() / "envtool-test-XXXXXX").native();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    root_ = name;
  }
  ~TemporaryTree() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  TemporaryTree(TemporaryTree&&) = delete;

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path path(std::string_view name) const { return root_ / name; }

  void file(std::string_view name, std::string_view content, mode_t mode = 0644) const {
    std::filesystem::create_directories(path(name).parent_path());
    std::ofstream(path(name), std::ios::binary) << content;
    ::chmod(path(name).c_str(), mode);
  }
  void directory(std::string_view name) const { std::filesystem::create_directories(path(name)); }
  void link(std::string_view name, std::string_view target) const {
    std::filesystem::create_directories(path(name).parent_path());
    std::filesystem::create_symlink(target, path(name));
  }

 private:
  std::filesystem::path root_;
};

}  // namespace archive
