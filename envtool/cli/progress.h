// Shows what a plan's execution does, on stderr.
#pragma once

#include <memory>

#include "envtool/app/execute.h"
#include "envtool/cli/command.h"

namespace cli {

/// The reporter for a style; `automatic` is a live display on a terminal and plain lines elsewhere.
std::unique_ptr<app::Reporter> make_reporter(ProgressStyle style);

}  // namespace cli
