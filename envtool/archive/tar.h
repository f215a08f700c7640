// Layers as one tar stream with the same bytes every time: sorted, fixed times and modes, owners by name and number.
// Knows nothing of images and volumes.
#pragma once

#include <cstdint>
#include <vector>

#include "envtool/archive/layer.h"

namespace archive {

struct TarOptions {
  std::int64_t mtime = 0;  ///< of every entry, seconds since 1970; for instance SOURCE_DATE_EPOCH
};

/// Writes the layers to `sink` in GNU tar format, in blocks of 64 KiB and more; names begin with `./`, the root
/// is the first entry. Files are read as they are written, with constant memory.
/// Throws base::Error as `walk` and `read_content` do, and what the sink throws.
void write_tar(const std::vector<Layer>& layers, const TarOptions& options, const Sink& sink);

}  // namespace archive
