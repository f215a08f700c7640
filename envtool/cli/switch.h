// The command that takes people from one environment to another.
#pragma once

#include "envtool/cli/command.h"

namespace cli {

void setup_switch(CLI::App& program, Action& action);

}  // namespace cli
