#include "envtool/archive/snapshot.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "envtool/archive/disk.h"
#include "envtool/sys/fd.h"

namespace archive {
namespace {

/// A new file that is removed again unless it is moved to where it belongs.
class NewFile {
 public:
  explicit NewFile(const std::filesystem::path& target)
      : name_(target.native() + ".XXXXXX"), descriptor_(::mkostemp(name_.data(), O_CLOEXEC)) {
    if (descriptor_.get() < 0) throw_errno("create a file beside", target);
  }
  ~NewFile() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  NewFile(NewFile&&) = delete;

  void write(std::string_view bytes) { write_all(descriptor_.get(), bytes, name_); }

  void move_to(const std::filesystem::path& target) {
    if (::fsync(descriptor_.get()) != 0) throw_errno("write", name_);
    if (std::rename(name_.c_str(), target.c_str()) != 0) throw_errno("replace", target);
    name_.clear();
  }

 private:
  std::string name_;
  sys::Fd descriptor_;
};

}  // namespace

void save_stream(const std::filesystem::path& path, const std::function<void(const Sink&)>& produce) {
  NewFile file(path);
  produce([&](std::string_view bytes) { file.write(bytes); });
  file.move_to(path);
}

}  // namespace archive
