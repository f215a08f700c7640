// The command `systemd`.
#pragma once

#include "envtool/cli/command.h"

namespace cli {

void setup_systemd(CLI::App& program, Action& action);

}  // namespace cli
