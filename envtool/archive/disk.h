// Failures of system calls, as errors that name a path. For the sources of this folder only.
#pragma once

#include <filesystem>
#include <string_view>

namespace archive {

/// Throws base::Error: cannot `action` `path`, and why (the current errno).
[[noreturn]] void throw_errno(std::string_view action, const std::filesystem::path& path);

/// Writes all of it. Throws base::Error that names `path`.
void write_all(int descriptor, std::string_view bytes, const std::filesystem::path& path);

}  // namespace archive
