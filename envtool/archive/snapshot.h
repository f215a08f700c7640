// Streams kept as files: whole or not there at all, readable by their owner only. Knows not what the bytes are.
#pragma once

#include <filesystem>
#include <functional>

#include "envtool/archive/layer.h"

namespace archive {

/// Runs `produce` with a sink that writes to a new file beside `path` (mode 0600 from its creation), then puts the
/// file in the place of `path`. If anything throws, `path` stays as it was and nothing is left beside it.
/// Throws base::Error, or what `produce` throws.
void save_stream(const std::filesystem::path& path, const std::function<void(const Sink&)>& produce);

}  // namespace archive
