// What could come next on a command line, read off the program's own tree of commands, so that it can't go stale.
#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <string>
#include <vector>

namespace cli {

struct Candidate {
  std::string word;
  std::string description;
};

/// The names of the environments here; asked for only when one could come next.
using EnvironmentNames = std::function<std::vector<std::string>()>;

/// What the last of `words`, perhaps empty, could become: commands, options, values of options, environments. Nothing where
/// a file or free text is expected.
std::vector<Candidate> complete(CLI::App& program, const std::vector<std::string>& words, const EnvironmentNames& environments);

/// The word that makes the program print candidates, one a line with a tab before the description, and nothing else.
inline constexpr const char* kCompleteWord = "__complete";

/// Does that for the words after `__complete`.
void print_candidates(CLI::App& program, const std::vector<std::string>& words);

}  // namespace cli
