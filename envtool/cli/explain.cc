#include "envtool/cli/command.h"
#include "envtool/cli/print.h"
#include "envtool/doc/json.h"
#include "envtool/model/origins.h"

namespace cli {
namespace {

struct Options {
  EnvironmentArguments arguments;
  std::string path;
};

doc::Value place_and_value(const doc::Value& value) {
  return doc::make_map({{"at", base::to_string(value.span())}, {"value", doc::emit_json(value)}});
}

doc::Value to_value(const model::Origin& origin) {
  doc::Value out = place_and_value(origin.value);
  out["path"] = origin.path;
  out["instead_of"] = doc::List();
  for (const doc::Value& other : origin.overridden) out["instead_of"].push_back(place_and_value(other));
  return out;
}

int print_origins(const std::vector<model::Origin>& origins) {
  std::vector<std::vector<std::string>> rows;
  for (const model::Origin& origin : origins) {
    rows.push_back({origin.path, base::to_string(origin.value.span()), doc::emit_json(origin.value)});
    for (const doc::Value& other : origin.overridden) rows.push_back({"  instead of", base::to_string(other.span()), doc::emit_json(other)});
  }
  print_text(table(rows));
  return kDone;
}

int run(Shell& shell, const Options& options) {
  const auto session = open_session(shell, options.arguments);
  const app::Environment& environment = session->environment();
  const auto origins = as_usage([&] { return model::explain(environment.definition, environment.layers, options.path); });
  if (shell.globals.output == OutputFormat::text) return print_origins(origins);
  print_json(doc::make_list(origins, to_value));
  return kDone;
}

}  // namespace

void setup_explain(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("explain", "Say where a value of a definition comes from, and what it won over");
  auto options = std::make_shared<Options>();
  add_environment_options(*command, options->arguments, {});
  command->add_option("PATH", options->path, "Path of a field, as for --set; with all that is below it")->required();
  command->footer(
      "Examples:\n"
      "  envtool explain dev_dummyauth ports.public.host_port\n"
      "  envtool explain prod volumes --output json");
  command->callback([&action, options] { action = [options](Shell& shell) { return run(shell, *options); }; });
}

}  // namespace cli
