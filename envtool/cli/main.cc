// The program: reads the command line, runs one command, turns what it throws into text and an exit code.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>

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

constexpr std::array kCommands{setup_list, setup_show, setup_check, setup_config, setup_plan, setup_build, setup_render,
                               setup_up, setup_down, setup_status, setup_keys, setup_volume, setup_logs, setup_exec,
                               setup_diff_env, setup_explain, setup_token, setup_doctor, setup_sudoers, setup_systemd,
                               setup_smoke, setup_switch, setup_spawn, setup_template, setup_patch, setup_fmt,
                               setup_completion, setup_step};

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

int run_program(int argc, char** argv) {
  CLI::App program("Brings up development environments made of containers, from declarative definitions.", "envtool");
  program.require_subcommand(1);
  program.fallthrough();
  program.footer("Begin with:\n  envtool list\n  envtool up dev_dummyauth");
  Globals globals;
  add_global_options(program, globals);
  Action action;
  for (const Setup setup : kCommands) setup(program, action);
  if (argc > 1 && std::string_view(argv[1]) == kCompleteWord) {
    print_candidates(program, {argv + 2, argv + argc});
    return kDone;
  }
  try {
    program.parse(arguments_of(argc, argv));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return program.exit(error);  // --help and --version
    print_diagnostics({usage_problem(program, error)});
    return kWrongUsage;
  }
  const sys::StopOnSignals signals;
  sys::SystemProcesses processes;
  http::CurlClient http;
  Shell shell{globals, processes, http, signals.token()};
  return run_action(action, shell);
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
