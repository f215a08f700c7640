#include <fmt/format.h>

#include "envtool/app/spawner.h"
#include "envtool/base/strings.h"
#include "envtool/cli/command.h"
#include "envtool/cli/print.h"
#include "envtool/cli/work.h"
#include "envtool/doc/yaml.h"
#include "envtool/spawn/check.h"
#include "envtool/spawn/form.h"
#include "envtool/spawn/render.h"

namespace cli {
namespace {

struct RenderOptions {
  std::string file;
  spawn::Server server;
};

/// How the objects are applied, as a comment above them.
std::string apply_line(const spawn::Rendered& rendered) {
  const std::string context = rendered.kubernetes_context.empty() ? "" : " --context " + base::shell_quote(rendered.kubernetes_context);
  return fmt::format("# kubectl apply{} --namespace {} -f FILE\n", context, rendered.kubernetes_namespace);
}

doc::Value rendered_value(const spawn::Server& server, const spawn::Rendered& rendered) {
  return doc::make_map({{"user", server.user},
                        {"server", server.name},
                        {"profile", rendered.profile},
                        {"key", rendered.key},
                        {"namespace", rendered.kubernetes_namespace},
                        {"context", rendered.kubernetes_context},
                        {"url", rendered.url},
                        {"objects", doc::List(rendered.objects)}});
}

int render(Shell& shell, const RenderOptions& options) {
  base::Sources sources;
  const spawn::Rendered rendered = as_usage([&] { return spawn::render(app::load_spawner(options.file, sources), options.server, sources); });
  print_diagnostics(rendered.warnings);
  if (shell.globals.output == OutputFormat::json) {
    print_json(rendered_value(options.server, rendered));
  } else {
    print_text(apply_line(rendered) + doc::emit_yaml(rendered.objects));
  }
  return kDone;
}

base::Diagnostics problems_of(const std::string& file) {
  base::Sources sources;
  base::Diagnostics problems;
  try {
    const spawn::Config config = app::read_spawner(file, sources, problems);
    if (!problems.has_errors()) spawn::check(config, sources, problems);
  } catch (const base::Error& error) {
    problems.add(error);
  }
  return problems;
}

int check(Shell& shell, const std::string& file) {
  const base::Diagnostics problems = problems_of(file);
  return give_verdict(shell, {{"file", file}}, file, problems);
}

int form(Shell& shell, const std::string& file) {
  base::Sources sources;
  const std::string html = as_usage([&] { return spawn::render_form(app::load_spawner(file, sources), sources); });
  if (shell.globals.output == OutputFormat::json) {
    print_json(doc::make_map({{"html", html}}));
  } else if (!html.empty()) {
    print_line(html);
  }
  return kDone;
}

CLI::Option* add_file(CLI::App& command, std::string& file) {
  return command.add_option("FILE", file, "The spawner's configuration, in YAML")->required();
}

void add_render(CLI::App& spawn, Action& action) {
  CLI::App* command = spawn.add_subcommand("render", "Print the objects that would be applied for a user's server");
  auto options = std::make_shared<RenderOptions>();
  options->server.api_token = "made-by-the-hub";
  add_file(*command, options->file);
  command->add_option("-u,--user", options->server.user, "Name of the user, as the hub knows it")->required();
  command->add_option("-s,--server", options->server.name, "Name of the server (default: the user's only one, which has none)");
  command->add_option("-p,--profile", options->server.profile, "Slug of the profile (default: the one that is the default, else the first)");
  command->add_option("--user-id", options->server.user_id, "Number of the user in the hub's database")->type_name("N")->capture_default_str();
  command->footer(
      "The API token is the hub's to make: in its place stands `made-by-the-hub`.\n\n"
      "Examples:\n"
      "  envtool spawn render --user alice examples/spawn/spawner.yaml\n"
      "  envtool spawn render --user Zoe@example.org --server gpu --profile gpu examples/spawn/spawner.yaml\n"
      "  envtool spawn render --user alice --output json examples/spawn/spawner.yaml | jq -r .key");
  command->callback([&action, options] { action = [options](Shell& shell) { return render(shell, *options); }; });
}

void add_check(CLI::App& spawn, Action& action) {
  CLI::App* command = spawn.add_subcommand("check", "Check a configuration: every profile, for several users; reports every problem at once");
  auto file = std::make_shared<std::string>();
  add_file(*command, *file);
  command->footer("Examples:\n  envtool spawn check examples/spawn/spawner.yaml\n  envtool spawn check spawner.yaml --output json");
  command->callback([&action, file] { action = [file](Shell& shell) { return check(shell, *file); }; });
}

void add_form(CLI::App& spawn, Action& action) {
  CLI::App* command = spawn.add_subcommand("form", "Print the HTML in which users choose a profile");
  auto file = std::make_shared<std::string>();
  add_file(*command, *file);
  command->footer("Examples:\n  envtool spawn form examples/spawn/spawner.yaml");
  command->callback([&action, file] { action = [file](Shell& shell) { return form(shell, *file); }; });
}

}  // namespace

void setup_spawn(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("spawn", "Render and check what a JupyterHub spawns for its users on Kubernetes clusters");
  command->require_subcommand(1);
  add_render(*command, action);
  add_check(*command, action);
  add_form(*command, action);
}

}  // namespace cli
