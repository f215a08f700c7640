#include <fmt/format.h>

#include <array>

#include "envtool/base/strings.h"
#include "envtool/cli/command.h"
#include "envtool/cli/print.h"

namespace cli {
namespace {

struct Flaw {
  const char* option;
  const char* meaning;
};

constexpr std::array<Flaw, 9> kFlaws{{{"--expired", "A token that was valid once"},
                                      {"--wrong-audience", "A token for somebody else"},
                                      {"--wrong-issuer", "A token that says that another issuer made it"},
                                      {"--bad-signature", "A token signed with another key than it names"},
                                      {"--unknown-kid", "A token that names a key which isn't published"},
                                      {"--shared-secret", "A token signed with HS256"},
                                      {"--unsigned", "A token that isn't signed at all"},
                                      {"--no-name", "A token without short_name"},
                                      {"--no-projects", "A token that names no project"}}};

struct Options {
  EnvironmentArguments arguments;
  std::string user;
  std::string project;
  std::array<bool, kFlaws.size()> flaws{};
};

std::vector<std::string> command_line(const model::TokenSource& source, const Options& options) {
  std::vector<std::string> command = source.command;
  command.insert(command.end(), {"--user", options.user});
  if (!options.project.empty()) command.insert(command.end(), {"--project", options.project});
  for (std::size_t i = 0; i < kFlaws.size(); ++i) {
    if (options.flaws[i]) command.emplace_back(kFlaws[i].option);
  }
  return command;
}

const model::TokenSource& require_source(const model::Env& env) {
  if (env.token) return *env.token;
  throw WrongUsage(base::Error(fmt::format("nothing in environment `{}` makes tokens", env.name))
                       .hint("only the identity provider that stands in for a real one does: `oidcServer` in the deploy ConfigMap chooses it")
                       .diagnostics());
}

int run(Shell& shell, const Options& options) {
  const auto session = open_session(shell, options.arguments);
  const model::TokenSource& source = require_source(session->env());
  const std::string container = fmt::format("{}-{}", session->env().pod, source.container);
  const sys::Result result = session->podman().exec(container, command_line(source, options), shell.stop);
  if (!result.ok()) throw base::Error("no token was made").note(result.err);
  const std::string token(base::trim(result.out));
  if (shell.globals.output == OutputFormat::json) {
    print_json(doc::make_map({{"token", token}}));
  } else {
    print_line(token);
  }
  return kDone;
}

}  // namespace

void setup_token(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("token", "Print a sign-in token of a development user, a good one or one with a flaw");
  auto options = std::make_shared<Options>();
  add_environment_options(*command, options->arguments, {Wants::deployment});
  command->add_option("-u,--user", options->user, "USER of one of the `devUsers`")->required();
  command->add_option("-p,--project", options->project, "Only this one of the user's projects");
  CLI::App* flaws = command->add_option_group("Flaws", "One at most; all else of the token is right");
  for (std::size_t i = 0; i < kFlaws.size(); ++i) flaws->add_flag(kFlaws[i].option, options->flaws[i], kFlaws[i].meaning);
  flaws->require_option(0, 1);
  command->footer(
      "Send it as a bearer: the proxy in front of the hub hands it on for the hub to judge.\n\n"
      "Examples:\n"
      "  envtool token dev_realauth --user testuser\n"
      "  curl -i -H \"Authorization: Bearer $(envtool token dev_realauth -u testuser --expired)\" http://127.0.0.1:8000/jupyter/hub/login");
  command->callback([&action, options] { action = [options](Shell& shell) { return run(shell, *options); }; });
}

}  // namespace cli
