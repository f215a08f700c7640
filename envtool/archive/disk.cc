#include "envtool/archive/disk.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "envtool/base/error.h"

namespace archive {

void throw_errno(std::string_view action, const std::filesystem::path& path) {
  const std::string reason = std::generic_category().message(errno);
  throw base::Error(fmt::format("cannot {} `{}`: {}", action, path.native(), reason));
}

void write_all(int descriptor, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_errno("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace archive
