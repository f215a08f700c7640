// The program: reads the command line, runs one command, turns what it throws into text and an exit code.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <string_view>

#include "envtool/cli/command.h"
#include "envtool/cli/completion.h"
#include "envtool/cli/print.h"
#include "envtool/cli/switch.h"
#include "envtool/cli/usage.h"
#include "envtool/cli/version.h"
#include "envtool/sys/memory.h"
#include "envtool/sys/signals.h"

namespace cli {
namespace {

struct Command {
  std::string_view name;
  Setup setup;
};

constexpr auto kCommands = std::to_array<Command>({
    {"list", setup_list}, {"show", setup_show}, {"check", setup_check}, {"config", setup_config}, {"plan", setup_plan},
    {"build", setup_build}, {"render", setup_render}, {"up", setup_up}, {"down", setup_down}, {"status", setup_status},
    {"keys", setup_keys}, {"volume", setup_volume}, {"logs", setup_logs}, {"exec", setup_exec}, {"diff", setup_diff}, {"diff-env", setup_diff_env},
    {"explain", setup_explain}, {"token", setup_token}, {"doctor", setup_doctor}, {"sudoers", setup_sudoers},
    {"systemd", setup_systemd}, {"smoke", setup_smoke}, {"switch", setup_switch}, {"spawn", setup_spawn},
    {"template", setup_template}, {"patch", setup_patch}, {"fmt", setup_fmt}, {"completion", setup_completion},
    {"step", setup_step},
});

void add_global_options(CLI::App& program, Globals& globals) {
  program.set_version_flag("--version", fmt::format("envtool {}", kVersion));
  program.add_option("-C,--project", globals.project, "The project's folder (default: here or above)")
      ->type_name("DIR")->envname("ENVTOOL_PROJECT");
  program.add_option("--podman-user", globals.podman_account, "Account that runs podman, when envtool runs as root")
      ->type_name("NAME")->envname("ENVTOOL_PODMAN_USER");
  program.add_option("--output", globals.output, "Form of the data on stdout: text or json")
      ->envname("ENVTOOL_OUTPUT")
      ->transform(one_of_enum<OutputFormat>({{"text", OutputFormat::text}, {"json", OutputFormat::json}}))
      ->default_str("text");
  program.add_option("--progress", globals.progress, "Form of the progress on stderr: auto, tty, plain or json")
      ->envname("ENVTOOL_PROGRESS")
      ->transform(one_of_enum<ProgressStyle>({{"auto", ProgressStyle::automatic},
                                              {"tty", ProgressStyle::tty},
                                              {"plain", ProgressStyle::plain},
                                              {"json", ProgressStyle::json}}))
      ->default_str("auto");
}

/// `--name=` becomes two words: CLI11 would take the next argument for the value.
std::vector<std::string> with_empty_values(const std::vector<std::string>& words) {
  std::vector<std::string> arguments;
  for (const std::string& word : words) {
    const bool empty_value = word.starts_with("--") && word.find('=') == word.size() - 1;
    arguments.push_back(empty_value ? word.substr(0, word.size() - 1) : word);
    if (empty_value) arguments.emplace_back();
  }
  return arguments;
}

/// The arguments as CLI11 takes them, last first. After `exec` a `--` is left out: all that follows the container's name is the
/// command's own anyway.
std::vector<std::string> arguments_of(int argc, char** argv) {
  std::vector<std::string> all(argv + 1, argv + argc);
  const auto exec = std::find(all.begin(), all.end(), "exec");
  const auto separator = std::find(exec, all.end(), "--");
  if (separator != all.end()) all.erase(separator);
  const auto last = std::find(all.begin(), exec, "--");
  std::vector<std::string> arguments = with_empty_values({all.begin(), last});
  arguments.insert(arguments.end(), last, all.end());
  std::reverse(arguments.begin(), arguments.end());
  return arguments;
}

int run_action(const Action& action, Shell& shell) {
  try {
    return action(shell);
  } catch (const WrongUsage& error) {
    print_diagnostics(error.diagnostics());
    return kWrongUsage;
  } catch (const app::NotReady& error) {
    print_diagnostics(error.diagnostics());
    return kNotReady;
  } catch (const base::Error& error) {
    print_diagnostics(error.diagnostics());
    if (!shell.stop.stop_requested()) return kStepFailed;
    std::fputs("interrupted: run the same command again to go on\n", stderr);
    return kInterrupted;
  }
}

/// The command line's grammar, and what was read by it.
class Program {
 public:
  explicit Program(const std::function<bool(const Command&)>& wanted) {
    app.require_subcommand(1);
    app.fallthrough();
    app.footer("Begin with:\n  envtool list\n  envtool up dev_dummyauth");
    add_global_options(app, globals);
    for (const Command& command : kCommands) {
      if (wanted(command)) command.setup(app, action);
    }
  }

  CLI::App app{"Brings up development environments made of containers, from declarative definitions.", "envtool"};
  Globals globals;
  Action action;
};

bool any(const Command&) { return true; }

int run_command(Program& program) {
  const sys::StopOnSignals signals;
  sys::SystemProcesses processes;
  http::CurlClient http;
  Shell shell{program.globals, processes, http, signals.token()};
  return run_action(program.action, shell);
}

/// What is wrong with a command line, or the help that it asks for.
int explain_usage(int argc, char** argv) {
  Program program(any);
  try {
    program.app.parse(arguments_of(argc, argv));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return program.app.exit(error);
    print_diagnostics({usage_problem(program.app, error)});
  }
  return kWrongUsage;
}

/// Setting up all commands takes longer than some of them run: without a mistake, those that a word names are enough.
int run_program(int argc, char** argv) {
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  if (!words.empty() && words.front() == kCompleteWord) {
    Program program(any);
    print_candidates(program.app, {argv + 2, argv + argc});
    return kDone;
  }
  Program program([&](const Command& command) { return std::find(words.begin(), words.end(), command.name) != words.end(); });
  try {
    program.app.parse(arguments_of(argc, argv));
  } catch (const CLI::CallForVersion& asked) {
    return program.app.exit(asked);
  } catch (const CLI::ParseError&) {
    return explain_usage(argc, argv);
  }
  return run_command(program);
}

}  // namespace
}  // namespace cli

int main(int argc, char** argv) {
  sys::forbid_memory_dumps();
  try {
    return cli::run_program(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return cli::kStepFailed;
  }
}
