// Files that a command reads: by path, or `-` for stdin. Knows nothing of what is in them.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <string>
#include <vector>

#include "envtool/base/source.h"
#include "envtool/doc/value.h"
#include "envtool/doc/yaml.h"

namespace cli {

/// For files that people hand over, which may be larger than a definition ever is.
inline constexpr doc::ReadLimits kInputLimits{.bytes = 256U << 20U, .depth = 200, .nodes = 50'000'000};

/// The text of a file or of stdin, shown under its path or `<stdin>`. Throws base::Error if it can't be read.
const base::Source& read_input(base::Sources& sources, const std::string& path);

/// All YAML or JSON documents of some files, in order.
std::vector<doc::Value> read_documents(base::Sources& sources, const std::vector<std::string>& paths);

/// Takes the path of a file that is there, or `-`.
CLI::Validator file_or_stdin();

}  // namespace cli
