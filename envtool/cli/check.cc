#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "envtool/app/portability.h"
#include "envtool/app/project.h"
#include "envtool/base/strings.h"
#include "envtool/cli/command.h"
#include "envtool/cli/input.h"
#include "envtool/cli/print.h"
#include "envtool/doc/value.h"

namespace cli {
namespace {

struct Options {
  EnvironmentArguments arguments;
  std::vector<std::string> names;  ///< of environments, or of manifest files where there is a target
};

/// Everything that is wrong with one environment, its deployment counted in if it has one.
base::Diagnostics check_one(Shell& shell, EnvironmentArguments arguments, const std::string& name) {
  arguments.name = name;
  base::Diagnostics problems;
  try {
    app::Session session(session_options(shell, arguments), shell.processes, shell.http);
    const bool asked = !arguments.deploy_directory.empty();
    const bool there = app::fs::exists(session.deploy().folder());
    if (asked && !there) {
      problems.error(fmt::format("there is no directory `{}`", arguments.deploy_directory)).hints.push_back(
          fmt::format("make it with `envtool config init {} --deploy-dir {}`", name, arguments.deploy_directory));
    }
    problems.add(there ? check_all(session) : session.check_project_files());
  } catch (const base::Error& error) {
    problems.add(error);
  }
  return problems;
}

// ---- portability

/// Whether a word is a file and no environment's name.
bool is_file(const std::string& word) {
  return word == "-" || word.find('/') != std::string::npos || word.ends_with(".yaml") || word.ends_with(".yml") || word.ends_with(".json");
}

/// What can't be read at all works nowhere.
std::vector<manifest::Finding> findings_of(const base::Error& error) {
  std::vector<manifest::Finding> findings;
  for (const base::Diagnostic& problem : error.diagnostics()) {
    findings.push_back({manifest::Verdict::refused, problem.message, base::join(problem.hints, "; "), problem.span});
  }
  return findings;
}

base::Diagnostic to_diagnostic(const manifest::Finding& finding) {
  base::Diagnostic problem;
  problem.severity = finding.verdict == manifest::Verdict::refused ? base::Severity::error : base::Severity::warning;
  problem.message = finding.message;
  problem.span = finding.span;
  if (!finding.hint.empty()) problem.hints.push_back(finding.hint);
  return problem;
}

doc::Value finding_value(const manifest::Finding& finding) {
  return doc::make_map({{"verdict", to_string(finding.verdict)}, {"message", finding.message}, {"at", to_string(finding.span)}, {"hint", finding.hint}});
}

/// Shows what was found in one manifest or environment; returns its verdict.
manifest::Verdict show(Shell& shell, const std::string& subject, const manifest::Target& target, const std::vector<manifest::Finding>& findings, doc::Value& report) {
  const manifest::Verdict verdict = manifest::verdict_of(findings);
  std::vector<base::Diagnostic> problems;
  std::ranges::transform(findings, std::back_inserter(problems), to_diagnostic);
  print_diagnostics(problems);
  report.push_back(doc::make_map({{"subject", subject}, {"target", to_string(target)}, {"verdict", to_string(verdict)}, {"findings", doc::make_list(findings, finding_value)}}));
  if (shell.globals.output == OutputFormat::text) print_line(fmt::format("{}: {} on {}", subject, to_string(verdict), to_string(target)));
  return verdict;
}

manifest::Verdict check_file(Shell& shell, const std::string& path, const manifest::Target& target, doc::Value& report) {
  base::Sources sources;
  try {
    return show(shell, path, target, manifest::check_portability(read_documents(sources, {path}), target), report);
  } catch (const base::Error& error) {
    return show(shell, path, target, findings_of(error), report);
  }
}

manifest::Verdict check_environment(Shell& shell, EnvironmentArguments arguments, const std::string& name, const manifest::Target& target, doc::Value& report) {
  arguments.name = name;
  try {
    const app::Session session(session_options(shell, arguments), shell.processes, shell.http);
    return show(shell, name, target, app::check_portability(session.environment(), session.deploy(), target), report);
  } catch (const base::Error& error) {
    return show(shell, name, target, findings_of(error), report);
  }
}

int run_for_target(Shell& shell, const Options& options) {
  const manifest::Target target = as_usage([&] { return manifest::parse_target(options.arguments.target); });
  manifest::Verdict worst = manifest::Verdict::fine;
  doc::Value report{doc::List()};
  for (const std::string& name : options.names) {
    worst = std::max(worst, is_file(name) ? check_file(shell, name, target, report) : check_environment(shell, options.arguments, name, target, report));
  }
  if (shell.globals.output == OutputFormat::json) print_json(report);
  return worst == manifest::Verdict::refused ? kWrongUsage : kDone;
}

int run(Shell& shell, Options& options) {
  if (options.names.empty()) {
    options.names = as_usage([&] { return app::list_environments(app::find_project(shell.globals.project, app::fs::current_path())); });
  }
  if (!options.arguments.target.empty()) return run_for_target(shell, options);
  bool good = true;
  doc::Value report{doc::List()};
  for (const std::string& name : options.names) {
    const base::Diagnostics problems = check_one(shell, options.arguments, name);
    good = good && !problems.has_errors();
    print_diagnostics(problems.all());
    report.push_back(verdict_value({{"environment", name}}, problems));
    if (shell.globals.output == OutputFormat::text) print_line(verdict_line(name, problems));
  }
  if (shell.globals.output == OutputFormat::json) print_json(report);
  return good ? kDone : kWrongUsage;
}

}  // namespace

void setup_check(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("check", "Check definitions and deploy ConfigMaps; with --target, what of them works there. Reports every problem at once");
  auto options = std::make_shared<Options>();
  add_environment_options(*command, options->arguments, {Wants::deployment});
  command->add_option("--target", options->arguments.target, "Say what is fine, what is rewritten and what is refused there: podman@4.3, podman@5, kubernetes@1.36")
      ->type_name("TARGET")->envname("ENVTOOL_TARGET");
  command->remove_option(command->get_option("ENV"));
  command->add_option("ENV", options->names, "Names of environments (default: all); with --target also manifest files, or `-` for stdin");
  command->footer(
      "Examples:\n"
      "  envtool check\n"
      "  envtool check prod --deploy-dir /srv/hub\n"
      "  envtool check prod --target podman@4.3\n"
      "  envtool check --target kubernetes@1.36 deployment.yaml service.yaml");
  command->callback([&action, options] { action = [options](Shell& shell) { return run(shell, *options); }; });
}

}  // namespace cli
