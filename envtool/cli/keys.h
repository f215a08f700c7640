// The subcommands of `keys` that have a file of their own.
#pragma once

#include "envtool/cli/command.h"

namespace cli {

void add_keys_make(CLI::App& keys, Action& action);
void add_keys_known_hosts(CLI::App& keys, Action& action);

}  // namespace cli
