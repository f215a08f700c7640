// What all commands share: global options, the world they work in, and how a command is added to the program.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "envtool/app/session.h"
#include "envtool/base/error.h"
#include "envtool/http/client.h"
#include "envtool/sys/process.h"

namespace cli {

enum class OutputFormat { text, json };
enum class ProgressStyle { automatic, tty, plain, json };

/// Exit codes that callers may rely on.
enum ExitCode { kDone = 0, kStepFailed = 1, kWrongUsage = 2, kDifferences = 3, kNotReady = 4, kInterrupted = 130 };

struct Globals {
  std::optional<app::fs::path> project;
  std::optional<std::string> podman_account;
  OutputFormat output = OutputFormat::text;
  ProgressStyle progress = ProgressStyle::automatic;
};

/// What commands act through; owned by main.
struct Shell {
  Globals globals;
  sys::Processes& processes;
  http::Client& http;
  std::stop_token stop;
};

/// What is done once the command line is understood; returns the exit code.
using Action = std::function<int(Shell&)>;

/// Adds one command; its callback sets `action`.
using Setup = void (*)(CLI::App& program, Action& action);

/// Options that choose an environment and its deployment.
struct EnvironmentArguments {
  std::string name;
  std::vector<std::string> assignments;
  std::vector<std::string> overlays;
  std::vector<std::string> repositories;  ///< NAME=URL[#REF]
  std::string published_hub;              ///< ADDRESS:PORT
  std::string deploy_directory;
  std::string standins = "auto";
  std::string instance;
  std::string target;
  std::string context;     ///< of the kubeconfig
  std::string kubeconfig;
  unsigned request_timeout = 30;  ///< of one request to a cluster, in seconds
};

enum class Wants { definition, deployment, target, cluster };

/// Adds the positional ENV and the options for what the command looks at.
void add_environment_options(CLI::App& command, EnvironmentArguments& arguments, const std::vector<Wants>& wants);

/// Whether a target on the command line is a cluster.
bool is_cluster(const std::string& target);

app::SessionOptions session_options(const Shell& shell, const EnvironmentArguments& arguments);

/// Thrown for what is wrong with the definition or the command line: exit code 2.
struct WrongUsage : base::Error {
  using base::Error::Error;
};

/// Runs `work`; what it throws is the fault of what was written down.
template <typename Work>
decltype(auto) as_usage(Work&& work) {
  try {
    return work();
  } catch (const base::Error& error) {
    throw WrongUsage(error.diagnostics());
  }
}

/// A session whose definition is sound; problems are WrongUsage.
std::unique_ptr<app::Session> open_session(Shell& shell, const EnvironmentArguments& arguments);

/// Everything that is wrong with the files of the project and of the deployment, warnings too.
base::Diagnostics check_all(app::Session& session);

/// Throws WrongUsage with what `check_all` finds; shows its warnings.
void require_deployment(app::Session& session);

/// Throws WrongUsage for what the target that was found can't express.
void require_target(const app::Session& session, const plan::Facts& facts);

/// The pod of the environment. Throws base::Error if it isn't up.
podman::Pod require_pod(app::Session& session);

/// podman's name of a container of the pod, which must be there. Throws WrongUsage with the nearest name.
std::string require_container(app::Session& session, const std::string& name);

void setup_list(CLI::App& program, Action& action);
void setup_check(CLI::App& program, Action& action);
void setup_config(CLI::App& program, Action& action);
void setup_plan(CLI::App& program, Action& action);
void setup_build(CLI::App& program, Action& action);
void setup_render(CLI::App& program, Action& action);
void setup_up(CLI::App& program, Action& action);
void setup_down(CLI::App& program, Action& action);
void setup_status(CLI::App& program, Action& action);
void setup_keys(CLI::App& program, Action& action);
void setup_volume(CLI::App& program, Action& action);
void setup_logs(CLI::App& program, Action& action);
void setup_exec(CLI::App& program, Action& action);
void setup_diff(CLI::App& program, Action& action);
void setup_diff_env(CLI::App& program, Action& action);
void setup_doctor(CLI::App& program, Action& action);
void setup_smoke(CLI::App& program, Action& action);
void setup_step(CLI::App& program, Action& action);
void setup_show(CLI::App& program, Action& action);
void setup_completion(CLI::App& program, Action& action);
void setup_token(CLI::App& program, Action& action);
void setup_sudoers(CLI::App& program, Action& action);
void setup_systemd(CLI::App& program, Action& action);
void setup_spawn(CLI::App& program, Action& action);
void setup_explain(CLI::App& program, Action& action);
void setup_template(CLI::App& program, Action& action);
void setup_patch(CLI::App& program, Action& action);
void setup_fmt(CLI::App& program, Action& action);

}  // namespace cli
