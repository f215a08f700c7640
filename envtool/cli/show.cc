#include <fmt/format.h>

#include "envtool/cli/command.h"
#include "envtool/cli/print.h"
#include "envtool/doc/json.h"
#include "envtool/doc/yaml.h"
#include "envtool/model/describe.h"

namespace cli {
namespace {

struct Options {
  EnvironmentArguments arguments;
  bool origins = false;
};

struct Origin {
  std::string path;
  std::string value;
  std::string place;
};

void add_origins(const doc::Value& value, const std::string& path, std::vector<Origin>& out) {
  if (value.is_map() && !value.as_map().empty()) {
    for (const doc::Entry& entry : value.as_map()) add_origins(entry.value, doc::join_path(path, entry.key), out);
  } else if (value.is_list() && !value.as_list().empty()) {
    for (std::size_t i = 0; i < value.as_list().size(); ++i) add_origins(value.as_list()[i], doc::join_path(path, i), out);
  } else {
    out.push_back({path, doc::emit_json(value), base::to_string(value.span())});
  }
}

int show_origins(const Shell& shell, const std::vector<Origin>& origins) {
  std::vector<std::vector<std::string>> rows;
  doc::Value values{doc::List()};
  for (const Origin& origin : origins) {
    rows.push_back({origin.path, origin.place, origin.value});
    values.push_back(doc::make_map({{"path", origin.path}, {"at", origin.place}, {"value", origin.value}}));
  }
  shell.globals.output == OutputFormat::json ? print_json(values) : print_text(table(rows));
  return kDone;
}

int run(Shell& shell, const Options& options) {
  const auto session = open_session(shell, options.arguments);
  if (options.origins) {
    std::vector<Origin> origins;
    add_origins(session->environment().definition, "", origins);
    return show_origins(shell, origins);
  }
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
