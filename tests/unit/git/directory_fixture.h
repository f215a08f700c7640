// A temporary directory for tests, and a small tree to make repositories of.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

namespace git {

/// Lives in the directory for temporary files and is removed with everything in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "envtool-test-XXXXXX").native();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    root_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  TemporaryDirectory(TemporaryDirectory&&) = delete;

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path path(std::string_view name) const { return root_ / name; }

  void file(std::string_view name, std::string_view content) const {
    std::filesystem::create_directories(path(name).parent_path());
    std::ofstream(path(name), std::ios::binary) << content;
  }

  std::string text(std::string_view name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  /// The number of things right in it.
  std::ptrdiff_t count() const { return std::distance(std::filesystem::directory_iterator(root_), {}); }

 private:
  std::filesystem::path root_;
};

/// A tree with a file, a script, a link, and something that its .gitignore leaves out.
inline void fill_package(const TemporaryDirectory& directory, std::string_view name) {
  const std::string base = std::string(name) + "/";
  directory.file(base + "src/module.py", "answer = 42\n");
  directory.file(base + "run", "#!/bin/sh\n");
  directory.file(base + ".gitignore", "*.pyc\n");
  directory.file(base + "module.pyc", "compiled");
  std::filesystem::permissions(directory.path(base + "run"), std::filesystem::perms(0755));
  std::filesystem::create_symlink("src/module.py", directory.path(base + "link"));
}

}  // namespace git
