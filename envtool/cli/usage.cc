#include "envtool/cli/usage.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "envtool/base/strings.h"

namespace cli {
namespace {

/// The command that was named last: `config init` of `envtool config init x`.
const CLI::App& innermost(const CLI::App& program) {
  const CLI::App* command = &program;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().back();
  return *command;
}

std::string full_name(const CLI::App& command) {
  return command.get_parent() == nullptr ? command.get_name() : full_name(*command.get_parent()) + " " + command.get_name();
}

/// Words that nothing asked for, in their order.
std::vector<std::string> leftovers(const CLI::App& program) {
  std::vector<std::string> words;
  for (const CLI::App* command = &program;; command = command->get_subcommands().back()) {
    for (std::string& word : command->remaining()) words.push_back(std::move(word));
    if (command->get_subcommands().empty()) return words;
  }
}

std::vector<std::string> command_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* sub : command.get_subcommands({})) names.push_back(sub->get_name());
  return names;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* at = &command; at != nullptr; at = at->get_parent()) {
    for (const CLI::Option* option : at->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

base::Diagnostic no_command(const CLI::App& command, const std::vector<std::string>& words) {
  const auto word = std::find_if(words.begin(), words.end(), [](const std::string& text) { return !text.starts_with('-'); });
  base::Diagnostic problem;
  problem.message = word == words.end() ? fmt::format("`{}` needs a command", full_name(command))
                                        : fmt::format("`{}` has no command `{}`", full_name(command), *word);
  if (word != words.end()) problem.guess(*word, command_names(command));
  if (problem.hints.empty()) problem.hints.push_back("commands: " + base::join(command_names(command), ", "));
  return problem;
}

base::Diagnostic unexpected(const CLI::App& command, const std::vector<std::string>& words) {
  base::Diagnostic problem;
  const auto option = std::find_if(words.begin(), words.end(), [](const std::string& text) { return text.starts_with('-'); });
  const std::string word = option != words.end() ? option->substr(0, option->find('=')) : words.empty() ? "" : words.front();
  problem.message = fmt::format("`{}` takes no {} `{}`", full_name(command), option != words.end() ? "option" : "further argument", word);
  if (option != words.end()) problem.guess(word, option_names(command));
  return problem;
}

/// The texts before and after the first `separator`.
std::pair<std::string, std::string> halves(const std::string& text, std::string_view separator) {
  const std::size_t at = text.find(separator);
  return at == std::string::npos ? std::pair(text, std::string()) : std::pair(text.substr(0, at), text.substr(at + separator.size()));
}

/// CLI11 tells kinds of errors by class and everything else by its text.
std::string message_of(const CLI::ParseError& error) {
  const std::string text = error.what();
  const auto [name, rest] = halves(text, ": ");
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) return fmt::format("`{}` is missing", halves(text, " is required").first);
  if (dynamic_cast<const CLI::ValidationError*>(&error) != nullptr) return fmt::format("`{}` {}", name, rest);
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr && rest.ends_with(" missing")) return fmt::format("`{}` needs a value", name);
  if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr && name == "Could not convert") {
    const auto [option, value] = halves(rest, " = ");
    return fmt::format("`{}` must be a number, found `{}`", option, value);
  }
  return text;
}

}  // namespace

base::Diagnostic usage_problem(const CLI::App& program, const CLI::ParseError& error) {
  const CLI::App& command = innermost(program);
  const std::vector<std::string> words = leftovers(program);
  const bool wants_command = std::string_view(error.what()) == "A subcommand is required";
  const bool has_extras = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  base::Diagnostic problem;
  if (wants_command) {
    problem = no_command(command, words);
  } else if (has_extras) {
    problem = unexpected(command, words);
  } else {
    problem.message = message_of(error);
  }
  problem.hints.push_back(fmt::format("see `{} --help`", full_name(command)));
  return problem;
}

CLI::Validator one_of(std::map<std::string, std::string> words) {
  std::vector<std::string> names;
  for (const auto& [word, value] : words) names.push_back(word);
  const auto take = [words = std::move(words), names](std::string& text) {
    const auto found = words.find(text);
    if (found == words.end()) return fmt::format("must be one of {}, found `{}`", base::quoted_list(names), text);
    text = found->second;
    return std::string();
  };
  return CLI::Validator(take, "", base::join(names, ","));
}

CLI::Validator file_that_exists() {
  const auto check = [](std::string& path) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) return fmt::format("must be a file, and `{}` is a folder", path);
    return std::filesystem::exists(path, ignored) ? std::string() : fmt::format("must be a file, and there is no `{}`", path);
  };
  return CLI::Validator(check, "");
}

}  // namespace cli
