// Small JSON files below the project's state directory: what is remembered between runs only to save time.
#pragma once

#include <filesystem>

#include "envtool/doc/value.h"

namespace app {

/// What a file remembers: a map. Empty where there is no such file, or nobody could read or understand it.
doc::Value read_memory(const std::filesystem::path& file);

/// Replaces the file, and makes its folder if needed. Throws base::Error.
void write_memory(const std::filesystem::path& file, const doc::Value& memory);

}  // namespace app
