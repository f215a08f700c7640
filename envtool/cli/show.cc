#include "envtool/cli/command.h"
#include "envtool/cli/print.h"
#include "envtool/doc/json.h"
#include "envtool/doc/yaml.h"
#include "envtool/model/describe.h"
#include "envtool/model/origins.h"

namespace cli {
namespace {

struct Options {
  EnvironmentArguments arguments;
  bool origins = false;
};

int show_origins(const Shell& shell, const std::vector<model::Origin>& origins) {
  std::vector<std::vector<std::string>> rows;
  doc::Value values{doc::List()};
  for (const model::Origin& origin : origins) {
    const std::string value = doc::emit_json(origin.value);
    const std::string place = base::to_string(origin.value.span());
    rows.push_back({origin.path, place, value});
    values.push_back(doc::make_map({{"path", origin.path}, {"at", place}, {"value", value}}));
  }
  shell.globals.output == OutputFormat::json ? print_json(values) : print_text(table(rows));
  return kDone;
}

int run(Shell& shell, const Options& options) {
  const auto session = open_session(shell, options.arguments);
  if (options.origins) return show_origins(shell, model::origins_of(session->environment().definition));
  const doc::Value description = model::describe(session->env());
  shell.globals.output == OutputFormat::json ? print_json(description) : print_text(doc::emit_yaml(description));
  return kDone;
}

}  // namespace

void setup_show(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("show", "Show an environment as it is understood: layers merged, defaults filled in");
  auto options = std::make_shared<Options>();
  add_environment_options(*command, options->arguments, {});
  command->add_flag("--origins", options->origins, "Show where each value of the definition comes from: file, line and column");
  command->footer(
      "Examples:\n"
      "  envtool show dev_dummyauth\n"
      "  envtool show prod --origins\n"
      "  envtool show dev_dummyauth --output json | jq .volumes");
  command->callback([&action, options] { action = [options](Shell& shell) { return run(shell, *options); }; });
}

}  // namespace cli
