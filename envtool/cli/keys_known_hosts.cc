#include <fmt/format.h>

#include "envtool/app/known_hosts.h"
#include "envtool/cli/keys.h"
#include "envtool/cli/print.h"
#include "envtool/cli/usage.h"
#include "envtool/cli/work.h"
#include "envtool/ssh/hosts.h"
#include "envtool/sys/file.h"

namespace cli {
namespace {

struct Options {
  EnvironmentArguments arguments;
  std::string host;
  std::string at;
  std::string key_file;
  std::string fingerprint;
};

/// What the deploy ConfigMap calls the host; its other problems don't matter here.
std::string configured_host(const app::Session& session) {
  const std::string host = model::value_of(session.deploy_values(), "sshHostname");
  if (!host.empty()) return host;
  throw WrongUsage(base::Error(fmt::format("`{}` names no `sshHostname`", session.deploy().config_file().string()))
                       .hint("name the host as a second argument")
                       .diagnostics());
}

model::Endpoint endpoint_of(const std::string& text) {
  const auto endpoint = model::parse_endpoint(text, ssh::kDefaultPort);
  if (!endpoint) throw WrongUsage(fmt::format("expected HOST, HOST:PORT or [ADDRESS]:PORT, found `{}`", text));
  return *endpoint;
}

app::fs::path file_of(const app::Session& session) {
  const auto file = session.deploy().known_hosts_file(session.env());
  if (!file) throw WrongUsage(fmt::format("environment `{}` takes no known_hosts file: its Slurm is in the pod", session.env().name));
  return *file;
}

/// A key that came as a file is one that a person already chose.
bool is_confirmed(const Options& options, const ssh::PublicKey& key) {
  if (options.fingerprint.empty()) return !options.key_file.empty();
  if (options.fingerprint == key.fingerprint()) return true;
  throw base::Error(fmt::format("the host's key is {}, not {}", key.fingerprint(), options.fingerprint))
      .hint("don't trust this host before you know why: another machine may answer in its place");
}

std::string how_to_confirm(const model::Env& env, const Options& options, const ssh::PublicKey& key) {
  const std::string host = options.host.empty() ? "" : " " + options.host;
  const std::string at = options.at.empty() ? "" : " --at " + options.at;
  const std::string folder = options.arguments.deploy_directory.empty() ? "" : " --deploy-dir " + options.arguments.deploy_directory;
  return fmt::format(
      "Nothing is written yet. Compare the fingerprint with what `ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub` says on that host, then:\n"
      "  envtool keys known-hosts {}{}{}{} --fingerprint {}",
      env.words(), host, at, folder, key.fingerprint());
}

ssh::PublicKey host_key(const Options& options, const model::Endpoint& host) {
  if (!options.key_file.empty()) return ssh::parse_public_key(sys::read_file(options.key_file));
  if (!options.at.empty()) return app::ask_host_key(endpoint_of(options.at));
  try {
    return app::ask_host_key(host);
  } catch (base::Error& error) {
    throw std::move(error).hint("if the host has another address as seen from here, ask there: `--at HOST:PORT`");
  }
}

int run(Shell& shell, const Options& options) {
  const auto session = open_session(shell, options.arguments);
  const app::fs::path file = file_of(*session);
  const model::Endpoint host = endpoint_of(options.host.empty() ? configured_host(*session) : options.host);
  const ssh::PublicKey key = host_key(options, host);
  const bool confirmed = is_confirmed(options, key);
  if (confirmed) {
    const sys::FileLock lock = lock_environment(*session);
    session->deploy().ensure();
    app::record_host_key(file, host, key);
  }
  if (shell.globals.output == OutputFormat::json) {
    print_json(doc::make_map({{"host", ssh::host_name(host.host, host.port)}, {"type", key.type}, {"fingerprint", key.fingerprint()},
                              {"written", confirmed}, {"file", file.string()}}));
    return kDone;
  }
  print_line(fmt::format("{}  {}  {}", ssh::host_name(host.host, host.port), key.type, key.fingerprint()));
  print_line(confirmed ? fmt::format("It is in `{}`.", file.string()) : how_to_confirm(session->env(), options, key));
  return kDone;
}

}  // namespace

void add_keys_known_hosts(CLI::App& keys, Action& action) {
  CLI::App* command = keys.add_subcommand("known-hosts", "Learn the key of the Slurm host and, once confirmed, trust it");
  auto options = std::make_shared<Options>();
  add_environment_options(*command, options->arguments, {Wants::deployment});
  command->add_option("HOST", options->host, "HOST or HOST:PORT (default: `sshHostname` of the deploy ConfigMap)");
  command->add_option("--fingerprint", options->fingerprint, "Write the key if this is its fingerprint")->type_name("SHA256:...");
  command->add_option("--at", options->at, "Ask at this address, where the host's name is not known here")->type_name("HOST[:PORT]");
  command->add_option("--key", options->key_file, "Take the host's public key from a file instead of asking the host")
      ->type_name("FILE")->check(file_that_exists());
  command->footer(
      "Examples:\n"
      "  envtool keys known-hosts prod\n"
      "  envtool keys known-hosts prod login.site.example:2222 --fingerprint SHA256:...\n"
      "  envtool keys known-hosts prod --key ssh_host_ed25519_key.pub");
  command->callback([&action, options] { action = [options](Shell& shell) { return run(shell, *options); }; });
}

}  // namespace cli
