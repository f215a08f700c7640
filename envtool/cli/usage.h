// What is wrong with a command line, in words like those for everything else. Knows what CLI11 throws.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <map>
#include <string>

#include "envtool/base/error.h"

namespace cli {

/// What CLI11 found wrong; `program` must just have parsed.
base::Diagnostic usage_problem(const CLI::App& program, const CLI::ParseError& error);

/// Takes one of some words and turns it into what it stands for. Its name lists the words, separated by commas.
CLI::Validator one_of(std::map<std::string, std::string> words);

/// As above for an enum.
template <typename Enum>
CLI::Validator one_of_enum(const std::map<std::string, Enum>& words) {
  std::map<std::string, std::string> numbers;
  for (const auto& [word, value] : words) numbers[word] = std::to_string(static_cast<int>(value));
  return one_of(std::move(numbers));
}

/// Takes the path of a file that is there.
CLI::Validator file_that_exists();

}  // namespace cli
