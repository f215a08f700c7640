#include "envtool/app/project.h"
#include "envtool/cli/command.h"
#include "envtool/cli/print.h"

namespace cli {
namespace {

int run(Shell& shell) {
  const app::Project project = as_usage([&] { return app::find_project(shell.globals.project, app::fs::current_path()); });
  std::vector<std::vector<std::string>> rows;
  doc::Value environments{doc::List()};
  base::Diagnostics problems;
  for (const std::string& name : app::list_environments(project)) {
    base::Sources sources;
    std::string title;
    try {
      title = app::load_environment(project, {name, {}, {}}, sources).env.title;
    } catch (const base::Error& error) {
      print_diagnostics(error.diagnostics());
      problems.error("environment `" + name + "` has a bad definition");
    }
    rows.push_back({name, title});
    environments.push_back(doc::make_map({{"name", name}, {"title", title}}));
  }
  if (shell.globals.output == OutputFormat::json) {
    print_json(doc::make_map({{"project", project.root.string()}, {"environments", environments}}));
  } else {
    std::string text = table(rows);
    if (!text.empty()) text.pop_back();
    print_line(text);
  }
  return problems.has_errors() ? kWrongUsage : kDone;
}

}  // namespace

void setup_list(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("list", "List the environments of the project");
  command->footer("Examples:\n  envtool list\n  envtool list --output json");
  command->callback([&action] { action = run; });
}

}  // namespace cli
