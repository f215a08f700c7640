#include <fmt/format.h>

#include <CLI/Option.hpp>
#include <CLI/Validators.hpp>
#include <algorithm>

#include "envtool/app/comparison.h"
#include "envtool/cli/command.h"
#include "envtool/cli/print.h"
#include "envtool/doc/json.h"
#include "envtool/sys/file.h"

namespace cli {
namespace {

struct Options {
  std::string left;
  std::string right;
  std::string allow;
};

struct Found {
  doc::Difference difference;
  bool allowed;
};

std::string side_text(const std::string& name, const doc::Value* value) {
  if (value == nullptr) return fmt::format("  {}: nothing", name);
  const std::string place = base::to_string(value->span());
  return fmt::format("  {}: {}{}", name, doc::emit_json(*value), place.empty() ? "" : "  (" + place + ")");
}

doc::Value side_value(const doc::Value* value) {
  if (value == nullptr) return nullptr;
  return doc::make_map({{"value", *value}, {"at", base::to_string(value->span())}});
}

void print_found(const Options& options, const std::vector<Found>& found) {
  for (const auto& [difference, allowed] : found) {
    print_line(difference.path + (allowed ? "  (allowed)" : ""));
    print_line(side_text(options.left, difference.left));
    print_line(side_text(options.right, difference.right));
  }
  const auto allowed = std::count_if(found.begin(), found.end(), [](const Found& one) { return one.allowed; });
  print_line(found.empty() ? fmt::format("`{}` and `{}` do not differ", options.left, options.right)
                           : fmt::format("{} differences, {} of them allowed", found.size(), allowed));
}

doc::Value found_value(const std::vector<Found>& found) {
  return doc::make_list(found, [](const Found& one) {
    return doc::make_map({{"path", one.difference.path},
                          {"left", side_value(one.difference.left)},
                          {"right", side_value(one.difference.right)},
                          {"allowed", one.allowed}});
  });
}

int run(Shell& shell, const Options& options) {
  base::Sources sources;
  app::AllowedDifferences allowed;
  doc::Value left, right;
  as_usage([&] {
    const app::Project project = app::find_project(shell.globals.project, app::fs::current_path());
    if (!options.allow.empty()) allowed = app::AllowedDifferences(sources.add(options.allow, sys::read_file(options.allow)));
    left = app::comparable(project, {options.left, {}, {}}, sources);
    right = app::comparable(project, {options.right, {}, {}}, sources);
  });
  std::vector<Found> found;
  for (const doc::Difference& difference : doc::differences(left, right)) {
    found.push_back({difference, allowed.allows(difference.path)});
  }
  print_diagnostics(allowed.unused());
  if (shell.globals.output == OutputFormat::json) {
    print_json(doc::make_map({{"left", options.left}, {"right", options.right}, {"differences", found_value(found)}}));
  } else {
    print_found(options, found);
  }
  return std::all_of(found.begin(), found.end(), [](const Found& one) { return one.allowed; }) ? kDone : kDifferences;
}

}  // namespace

void setup_diff_env(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("diff-env", "Show in what two environments differ");
  auto options = std::make_shared<Options>();
  command->add_option("LEFT", options->left, "Name of an environment")->required();
  command->add_option("RIGHT", options->right, "Name of another one")->required();
  command->add_option("--allow", options->allow, "File of paths that may differ: one a line, `*` for any text; exit code 3 for others")
      ->type_name("FILE")->check(CLI::ExistingFile);
  command->footer(
      "Examples:\n"
      "  envtool diff-env dev_dummyauth dev_realauth\n"
      "  envtool diff-env dev_dummyauth dev_realauth --allow envs/dev_realauth/differs-from-dev_dummyauth");
  command->callback([&action, options] { action = [options](Shell& shell) { return run(shell, *options); }; });
}

}  // namespace cli
