#include "envtool/cli/completion.h"

#include <CLI/Option.hpp>
#include <cstdlib>

#include "envtool/app/project.h"
#include "envtool/base/strings.h"
#include "envtool/cli/command.h"
#include "envtool/cli/print.h"
#include "envtool/cli/usage.h"

namespace cli {
namespace {

/// Where on a command line its last word stands.
struct Position {
  CLI::App* command;
  CLI::Option* option = nullptr;  ///< whose value comes next
  std::size_t positionals = 0;          ///< that were given to the command
};

/// The option of a command, or of one above it.
CLI::Option* find_option(CLI::App* command, const std::string& word) {
  for (; command != nullptr; command = command->get_parent()) {
    for (CLI::Option* option : command->get_options()) {
      if (option->nonpositional() && option->check_name(word)) return option;
    }
  }
  return nullptr;
}

CLI::App* find_command(CLI::App& command, const std::string& word) {
  for (CLI::App* sub : command.get_subcommands([](CLI::App*) { return true; })) {
    if (sub->get_name() == word) return sub;
  }
  return nullptr;
}

void advance(Position& position, const std::string& word) {
  if (position.option != nullptr) {
    position.option = nullptr;
  } else if (word.starts_with("-")) {
    CLI::Option* option = find_option(position.command, word);
    if (option != nullptr && option->get_items_expected_max() > 0) position.option = option;
  } else if (CLI::App* command = position.positionals == 0 ? find_command(*position.command, word) : nullptr) {
    position.command = command;
  } else {
    ++position.positionals;
  }
}

/// The words that a validator made by `one_of` takes.
std::vector<std::string> listed_values(CLI::Option& option) {
  try {
    const std::string words = option.get_validator(0)->get_name();
    return words.empty() ? std::vector<std::string>() : base::split(words, ',');
  } catch (const CLI::OptionNotFound&) {
    return {};
  }
}

void add_values(CLI::Option& option, const EnvironmentNames& environments, std::vector<Candidate>& out) {
  const bool names = option.get_name(true) == "ENV" || option.get_name(true) == "FROM" || option.get_name(true) == "TO" || option.check_name("--env");
  for (std::string& value : names ? environments() : listed_values(option)) out.push_back({std::move(value), ""});
}

void add_options(CLI::App* command, std::vector<Candidate>& out) {
  for (; command != nullptr; command = command->get_parent()) {
    for (CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) out.push_back({"--" + name, option->get_description()});
    }
  }
}

/// The positional argument that comes next; the last one may take many words.
CLI::Option* next_positional(const Position& position) {
  CLI::Option* last = nullptr;
  std::size_t room = 0;
  for (CLI::Option* option : position.command->get_options()) {
    if (!option->get_positional()) continue;
    last = option;
    room += static_cast<std::size_t>(option->get_items_expected_max());
    if (position.positionals < room) return option;
  }
  return last != nullptr && position.positionals < room ? last : nullptr;
}

std::vector<Candidate> candidates_at(const Position& position, const std::string& word, const EnvironmentNames& environments) {
  std::vector<Candidate> out;
  if (position.option != nullptr) {
    add_values(*position.option, environments, out);
  } else if (word.starts_with("-")) {
    add_options(position.command, out);
  } else {
    for (CLI::App* sub : position.command->get_subcommands([](CLI::App*) { return true; })) {
      out.push_back({sub->get_name(), sub->get_description()});
    }
    if (CLI::Option* positional = next_positional(position)) add_values(*positional, environments, out);
  }
  return out;
}

/// The value of --project among the words.
std::optional<app::fs::path> named_project(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "--project" || words[i] == "-C") return words[i + 1];
  }
  const char* variable = std::getenv("ENVTOOL_PROJECT");  // NOLINT(concurrency-mt-unsafe)
  return variable != nullptr ? std::optional<app::fs::path>(variable) : std::nullopt;
}

constexpr const char* kBash = R"(# envtool's completion for bash: put `source <(envtool completion bash)` into ~/.bashrc
_envtool() {
  local word
  COMPREPLY=()
  while IFS=$'\t' read -r word _; do
    COMPREPLY+=("$word")
  done < <("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null)
}
complete -o default -F _envtool envtool
)";

constexpr const char* kZsh = R"(#compdef envtool
# envtool's completion for zsh: put `source <(envtool completion zsh)` into ~/.zshrc, after compinit
_envtool() {
  local -a candidates
  local word text
  while IFS=$'\t' read -r word text; do
    candidates+=("${word//:/\\:}:$text")
  done < <("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2> /dev/null)
  if (( $#candidates )); then
    _describe envtool candidates
  else
    _files
  fi
}
compdef _envtool envtool
)";

constexpr const char* kFish = R"(# envtool's completion for fish: envtool completion fish > ~/.config/fish/completions/envtool.fish
complete --command envtool --arguments '(set --local before (commandline --current-process --tokenize --cut-at-cursor)
  $before[1] __complete $before[2..-1] (commandline --current-token --cut-at-cursor) 2> /dev/null)'
)";

int run(const std::string& shell) {
  print_text(shell == "bash" ? kBash : shell == "zsh" ? kZsh : kFish);
  return kDone;
}

}  // namespace

std::vector<Candidate> complete(CLI::App& program, const std::vector<std::string>& words, const EnvironmentNames& environments) {
  Position position{&program};
  for (std::size_t i = 0; i + 1 < words.size(); ++i) advance(position, words[i]);
  const std::string word = words.empty() ? "" : words.back();
  std::vector<Candidate> out = candidates_at(position, word, environments);
  std::erase_if(out, [&](const Candidate& candidate) { return !candidate.word.starts_with(word); });
  return out;
}

void print_candidates(CLI::App& program, const std::vector<std::string>& words) {
  const auto environments = [&]() -> std::vector<std::string> {
    try {
      return app::list_environments(app::find_project(named_project(words), app::fs::current_path()));
    } catch (const base::Error&) {
      return {};
    }
  };
  for (const Candidate& candidate : complete(program, words, environments)) print_line(candidate.word + "\t" + candidate.description);
}

void setup_completion(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("completion", "Print a script that teaches a shell to complete envtool's command lines");
  auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell, "bash, zsh or fish")->required()->check(one_of({{"bash", "bash"}, {"zsh", "zsh"}, {"fish", "fish"}}));
  command->footer(
      "Examples:\n"
      "  source <(envtool completion bash)\n"
      "  envtool completion fish > ~/.config/fish/completions/envtool.fish");
  command->callback([&action, shell] { action = [shell](Shell&) { return run(*shell); }; });
}

}  // namespace cli
