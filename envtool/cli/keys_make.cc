#include "envtool/cli/keys.h"

#include <fmt/format.h>

#include <algorithm>

#include "envtool/base/strings.h"
#include "envtool/cli/print.h"
#include "envtool/cli/work.h"
#include "envtool/ssh/key.h"
#include "envtool/sys/file.h"

namespace cli {
namespace {

struct Options {
  EnvironmentArguments arguments;
  std::vector<std::string> secrets;
};

bool is_key_pair(const model::Secret& secret) { return std::holds_alternative<model::KeyPairSecret>(secret.source); }

/// The key pairs of these names, or all; every one may be made, also those that `up` expects to be there.
std::vector<model::Secret> chosen_pairs(const model::Env& env, const std::vector<std::string>& names) {
  std::vector<model::Secret> chosen;
  std::vector<std::string> known;
  for (model::Secret secret : env.secrets) {
    if (!is_key_pair(secret)) continue;
    known.push_back(secret.name);
    if (!names.empty() && std::find(names.begin(), names.end(), secret.name) == names.end()) continue;
    std::get<model::KeyPairSecret>(secret.source).generate = true;
    chosen.push_back(std::move(secret));
  }
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    throw WrongUsage(base::Error(fmt::format("environment `{}` has no key pair `{}`", env.name, name))
                         .hint("key pairs: " + base::quoted_list(known))
                         .diagnostics());
  }
  return chosen;
}

int run(Shell& shell, const Options& options) {
  const auto session = open_session(shell, options.arguments);
  const std::vector<model::Secret> pairs = chosen_pairs(session->env(), options.secrets);
  const sys::FileLock lock = lock_environment(*session);
  doc::Value values{doc::List()};
  std::vector<std::vector<std::string>> rows;
  for (const model::Secret& secret : pairs) {
    const app::fs::path file = session->deploy().folder() / std::get<model::KeyPairSecret>(secret.source).file;
    const std::string what = app::fs::exists(file) ? "kept" : "made";
    session->deploy().prepare(secret);
    const ssh::PublicKey key = ssh::parse_public_key(sys::read_file(file.string() + ".pub"));
    values.push_back(doc::make_map({{"secret", secret.name}, {"result", what}, {"file", file.string()}, {"fingerprint", key.fingerprint()}}));
    rows.push_back({secret.name, what, key.fingerprint(), file.string()});
  }
  shell.globals.output == OutputFormat::json ? print_json(values) : print_line(std::string(base::trim(table(rows))));
  return kDone;
}

}  // namespace

void add_keys_make(CLI::App& keys, Action& action) {
  CLI::App* command = keys.add_subcommand("make", "Make the SSH key pairs that the deploy directory lacks");
  auto options = std::make_shared<Options>();
  add_environment_options(*command, options->arguments, {Wants::deployment});
  command->add_option("SECRET", options->secrets, "Key pairs to make (default: all of the environment)");
  command->footer(
      "Ed25519, without a passphrase. Keys that are there are kept; a missing `.pub` is worked out.\n\n"
      "Examples:\n"
      "  envtool keys make dev_dummyauth_extslurm\n"
      "  envtool keys make prod ssh-zenith-client-key --deploy-dir /srv/hub");
  command->callback([&action, options] { action = [options](Shell& shell) { return run(shell, *options); }; });
}

}  // namespace cli
