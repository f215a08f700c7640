// Looks into tar streams and unpacks them, whoever wrote them. Knows nothing of layers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "envtool/archive/layer.h"

namespace archive {

/// Returns the next bytes of a stream, valid until the next call; nothing at the end.
using Source = std::function<std::string_view()>;

/// All bytes at once; they must outlive the source.
Source bytes_source(std::string_view bytes);
/// A file, read in blocks. Throws base::Error, also later when it is read.
Source file_source(const std::filesystem::path& file);

/// An entry as the archive states it.
struct Listed {
  std::string path;  ///< as it stands there, `./` and final `/` dropped
  Kind kind = Kind::file;
  std::uint32_t mode = 0;
  Owner owner;
  std::uint64_t size = 0;
  std::int64_t mtime = 0;  ///< seconds since 1970
  std::string target;
  friend bool operator==(const Listed&, const Listed&) = default;
};

/// Calls `visit` for each entry; `content` passes the bytes of that entry to a sink, during the visit only.
/// A hard link counts as a symlink to its target; devices and the like are left out.
/// Throws base::Error for damaged input.
void read_tar(const Source& source,
              const std::function<void(const Listed&, const std::function<void(const Sink&)>& content)>& visit);

/// The entries alone.
std::vector<Listed> list(const Source& source);

enum class Owners { ignored, restored };

/// Unpacks below an existing directory, with modes and times. Owners are restored on request, which needs rights.
/// Throws base::Error, also for a path that would lead out of the directory.
void extract(const Source& source, const std::filesystem::path& directory, Owners owners = Owners::ignored);

}  // namespace archive
