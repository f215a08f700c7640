#include "envtool/app/slurm_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "envtool/app/known_hosts.h"
#include "envtool/base/strings.h"
#include "envtool/model/endpoint.h"
#include "envtool/sys/file.h"
#include "envtool/sys/network.h"

namespace app {
namespace {

constexpr std::array<std::string_view, 3> kWrappers{"slurmspawner_sbatch", "slurmspawner_squeue", "slurmspawner_scancel"};

/// Arrives only if sshd there has `AcceptEnv JUPYTERHUB_*`, by which a server's token travels.
constexpr const char* kVariable = "JUPYTERHUB_DOCTOR";
constexpr const char* kSent = "arrived";

std::vector<std::string> wrapper_paths(const SlurmHost& host) {
  std::vector<std::string> paths;
  for (const std::string_view name : kWrappers) paths.push_back(fmt::format("{}/{}", host.wrappers_bin, name));
  return paths;
}

/// Prints each path for which `test FLAG` fails.
std::string missing_question(const char* flag, const std::vector<std::string>& paths) {
  std::string command;
  for (const std::string& path : paths) command += fmt::format("test {0} {1} || echo {1}; ", flag, base::shell_quote(path));
  return command;
}

/// bash opens the connection itself: other clients may not be there.
std::string hub_question(const SlurmHost& host) {
  const model::Endpoint hub = model::endpoint_of_url(host.hub_url).value_or(model::Endpoint{});
  const std::string open = fmt::format("exec 3<>/dev/tcp/{}/{}", hub.host, hub.port);
  return fmt::format("LC_ALL=C timeout 4 bash -c {} 2>&1", base::shell_quote(open));
}

void ask_questions(const SlurmHost& host, ssh::Session& session, SlurmHostFacts& facts) {
  facts.arrived = session.run(fmt::format("printenv {}", kVariable), {{kVariable, kSent}}).out;
  facts.sudo = session.run("LC_ALL=C sudo -n -l");
  facts.wrappers = session.run(missing_question("-x", wrapper_paths(host)));
  facts.conda = session.run(missing_question("-e", {host.conda_prefix + "/bin/activate", host.conda_prefix + "/envs/jupyter-user-env"}));
  facts.hub = session.run(hub_question(host));
}

bool states(const std::vector<ssh::KnownHost>& known, const ssh::PublicKey& key, ssh::KnownHost::Marker marker) {
  return std::any_of(known.begin(), known.end(),
                     [&](const ssh::KnownHost& line) { return line.marker == marker && ssh::same_key(line.key, key); });
}

bool is_trusted(const SlurmHostFacts& facts) {
  return facts.host_key && states(facts.known, *facts.host_key, ssh::KnownHost::Marker::none) &&
         !states(facts.known, *facts.host_key, ssh::KnownHost::Marker::revoked);
}

void sign_in(const SlurmHost& host, ssh::Session& session, SlurmHostFacts& facts) {
  try {
    session.sign_in(host.private_key);
    facts.signed_in = true;
  } catch (const base::Error& error) {
    facts.sign_in_problem = error.what();
  }
}

void use_session(const SlurmHost& host, ssh::Session& session, SlurmHostFacts& facts) {
  facts.banner = session.banner();
  facts.host_key = session.host_key();
  if (!is_trusted(facts) || host.private_key.empty()) return;
  sign_in(host, session, facts);
  if (!facts.signed_in) return;
  try {
    ask_questions(host, session, facts);
  } catch (const base::Error& error) {
    facts.question_problem = error.what();
  }
}

std::vector<std::string> key_types(const std::vector<ssh::KnownHost>& known) {
  std::vector<std::string> types;
  for (const ssh::KnownHost& line : known) types.push_back(line.key.type);
  return types;
}

// --- Judging ----------------------------------------------------------------------------------------------------------

struct Seen {
  const SlurmHost& host;
  const SlurmHostFacts& facts;
  Hub hub;
};

Finding not_asked(const char* check, const Seen& seen) {
  return skipped(check, seen.facts.question_problem.empty() ? "could not be asked" : seen.facts.question_problem);
}

std::string lines_joined(const std::string& text) {
  std::vector<std::string> lines = base::split(base::trim(text), '\n');
  return base::join(lines, ", ");
}

Finding judge_name(const Seen& seen) {
  constexpr const char* kName = "host name";
  if (!seen.facts.addresses.empty()) return good(kName, fmt::format("`{}` is {}", seen.host.name, base::join(seen.facts.addresses, ", ")));
  return bad(kName, seen.facts.resolve_problem, "correct `sshHostname` in the deploy ConfigMap, or the name service");
}

Finding judge_port(const Seen& seen) {
  constexpr const char* kName = "ssh port";
  if (!seen.facts.banner.empty()) return good(kName, fmt::format("port {} answers: {}", seen.host.port, seen.facts.banner));
  if (seen.facts.addresses.empty()) return skipped(kName, "the host has no address");
  return bad(kName, seen.facts.connect_problem, "see whether sshd runs there, and whether a firewall is in between");
}

std::string fingerprints(const std::vector<ssh::KnownHost>& known) {
  std::vector<std::string> texts;
  for (const ssh::KnownHost& line : known) {
    const char* marker = line.marker == ssh::KnownHost::Marker::revoked          ? ", revoked"
                         : line.marker == ssh::KnownHost::Marker::cert_authority ? ", of a certificate authority"
                                                                                 : "";
    texts.push_back(fmt::format("{} ({}, line {}{})", line.key.fingerprint(), line.key.type, line.line, marker));
  }
  return base::join(texts, ", ");
}

Finding judge_host_key(const Seen& seen) {
  constexpr const char* kName = "host key";
  const SlurmHostFacts& facts = seen.facts;
  if (!facts.host_key) return skipped(kName, "nobody answered");
  const std::string shown = fmt::format("{} ({})", facts.host_key->fingerprint(), facts.host_key->type);
  if (is_trusted(facts)) return good(kName, shown);
  const std::string line = known_hosts_line({seen.host.name, seen.host.port}, *facts.host_key);
  const std::string said = facts.known.empty() ? "says nothing of it" : "states " + fingerprints(facts.known);
  return bad(kName, fmt::format("the host shows {}; `{}` {}", shown, seen.host.known_hosts_file, said),
             fmt::format("ask the host's administrator whether {} is its key; if it is, put this line there: {}", facts.host_key->fingerprint(), base::trim(line)));
}

Finding judge_sign_in(const Seen& seen) {
  constexpr const char* kName = "client key";
  if (seen.host.private_key.empty()) return skipped(kName, "there is no private key that can be used");
  if (seen.facts.signed_in) return good(kName, fmt::format("accepted for `{}`", seen.host.user));
  if (seen.facts.sign_in_problem.empty()) return skipped(kName, "the host is not known to be the right one");
  return bad(kName, seen.facts.sign_in_problem,
             fmt::format("put this line into ~{}/.ssh/authorized_keys there: {}", seen.host.user, base::trim(seen.host.public_key)));
}

Finding judge_variables(const Seen& seen) {
  constexpr const char* kName = "AcceptEnv";
  if (!seen.facts.sudo) return not_asked(kName, seen);
  if (base::trim(seen.facts.arrived) == kSent) return good(kName, "sshd lets JUPYTERHUB_* in");
  return bad(kName, "a variable JUPYTERHUB_* does not arrive: servers would start without their token",
             "put `AcceptEnv JUPYTERHUB_* JPY_API_TOKEN` into sshd's configuration there, then: systemctl reload ssh");
}

/// Whether `sudo -l` lists a command that needs no password.
bool allows(const std::string& listing, const std::string& path) {
  const std::vector<std::string> lines = base::split(listing, '\n');
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
    const std::size_t tag = line.find("NOPASSWD:");
    if (tag == std::string::npos) return false;
    std::string commands = line.substr(tag + std::string_view("NOPASSWD:").size());
    std::replace(commands.begin(), commands.end(), ',', ' ');
    const std::vector<std::string> words = base::words(commands);
    return std::any_of(words.begin(), words.end(), [&](const std::string& word) { return word == path || word == "ALL"; });
  });
}

Finding judge_sudo(const Seen& seen) {
  constexpr const char* kName = "sudo rules";
  if (!seen.facts.sudo) return not_asked(kName, seen);
  const ssh::CommandResult& sudo = *seen.facts.sudo;
  std::vector<std::string> missing;
  for (const std::string& path : wrapper_paths(seen.host)) {
    if (!allows(sudo.out, path)) missing.push_back(path);
  }
  if (missing.empty()) return good(kName, "all three commands are allowed");
  const std::string said = sudo.status == 0 ? "" : fmt::format(" (`sudo -n -l`: {})", lines_joined(sudo.err));
  return bad(kName, fmt::format("`{}` may not run {}{}", seen.host.user, base::quoted_list(missing), said),
             fmt::format("with visudo there: {} ALL=(%jupyterusers) NOPASSWD: {}", seen.host.user, base::join(missing, ", ")));
}

Finding judge_sudo_variables(const Seen& seen) {
  constexpr const char* kName = "sudo env_keep";
  if (!seen.facts.sudo || seen.facts.sudo->status != 0) return not_asked(kName, seen);
  const std::string& listing = seen.facts.sudo->out;
  if (listing.find("JUPYTERHUB_*") != std::string::npos || listing.find("!env_reset") != std::string::npos) {
    return good(kName, "sudo lets JUPYTERHUB_* through");
  }
  return bad(kName, "sudo drops variables JUPYTERHUB_*: servers would start without their token",
             fmt::format("with visudo there: Defaults:{} env_keep += \"SLURMSPAWNER_JOB_ID JUPYTERHUB_* JPY_API_TOKEN USER HOME SHELL\"",
                         seen.host.user));
}

Finding judge_missing(const char* name, const std::optional<ssh::CommandResult>& answer, const Seen& seen, std::string present, std::string fix) {
  if (!answer) return not_asked(name, seen);
  const std::string missing = lines_joined(answer->out);
  return missing.empty() ? good(name, std::move(present)) : bad(name, "not there: " + missing, std::move(fix));
}

Finding judge_wrappers(const Seen& seen) {
  return judge_missing("wrappers", seen.facts.wrappers, seen, fmt::format("all three are in `{}`", seen.host.wrappers_bin),
                       "install the package slurmspawner_wrappers there, or correct `slurmSpawnerWrappersBin` in the deploy ConfigMap");
}

Finding judge_conda(const Seen& seen) {
  return judge_missing("conda prefix", seen.facts.conda, seen, fmt::format("`{}` has the environment jupyter-user-env", seen.host.conda_prefix),
                       "make the conda environment jupyter-user-env there, or correct `condaPrefixDir` in the deploy ConfigMap");
}

Finding judge_hub(const Seen& seen) {
  constexpr const char* kName = "way back";
  constexpr const char* kFix = "correct `hubConnectUrl` in the deploy ConfigMap, or open the way in the firewall";
  constexpr int kTimedOut = 124;  // timeout(1)
  if (!seen.facts.hub) return not_asked(kName, seen);
  const ssh::CommandResult& hub = *seen.facts.hub;
  if (hub.status == 0) return good(kName, fmt::format("`{}` can be reached from there", seen.host.hub_url));
  const std::string said = hub.status == kTimedOut ? "no answer within 4 s" : lines_joined(hub.out);
  const std::string evidence = fmt::format("`{}` can't be reached from there: {}", seen.host.hub_url, said);
  const std::string down = evidence + "; the hub does not run";
  const bool refused = said.find("Connection refused") != std::string::npos;
  if (refused && seen.hub == Hub::is_down) return skipped(kName, down);
  if (hub.status == kTimedOut && seen.hub == Hub::is_down) return worse(kName, down, fmt::format("look again once it does; then, {}", kFix));
  return bad(kName, evidence, kFix);
}

using Judge = Finding (*)(const Seen&);
constexpr std::array<Judge, 10> kJudges{judge_name,      judge_port, judge_host_key,       judge_sign_in,  judge_variables,
                                        judge_sudo,      judge_sudo_variables, judge_wrappers, judge_conda, judge_hub};

}  // namespace

std::optional<SlurmHost> slurm_host_of(const model::Env& env, const DeployDirectory& deploy, const model::DeployValues& values) {
  const auto value = [&](const char* key) { return model::value_of(values, key); };
  SlurmHost host;
  const model::Endpoint sshd = model::parse_endpoint(value("sshHostname"), ssh::kDefaultPort).value_or(model::Endpoint{});
  host.name = sshd.host;
  host.port = sshd.port;
  host.wrappers_bin = value("slurmSpawnerWrappersBin");
  host.conda_prefix = value("condaPrefixDir");
  host.hub_url = value("hubConnectUrl");
  for (const model::Secret& secret : env.secrets) {
    try {
      const manifest::SecretData data = deploy.read_secret(secret);
      if (secret.key == "ssh_known_hosts") {
        host.known_hosts = data.at(secret.key);
      } else if (secret.name == "ssh-client-key") {
        host.private_key = data.at("ssh_key");
        host.public_key = data.at("ssh_key.pub");
      }
    } catch (const base::Error&) {
      // The check of the deploy directory says what is wrong with the file.
    }
  }
  if (const auto file = deploy.known_hosts_file(env)) host.known_hosts_file = file->string();
  const bool outside = !host.known_hosts_file.empty() && !host.name.empty();
  return outside ? std::optional(host) : std::nullopt;
}

SlurmHostFacts probe_slurm_host(const SlurmHost& host) {
  SlurmHostFacts facts;
  facts.known = ssh::find_host(host.known_hosts, host.name, host.port);
  try {
    facts.addresses = sys::resolve(host.name);
  } catch (const base::Error& error) {
    facts.resolve_problem = error.what();
    return facts;
  }
  try {
    ssh::Session session({.host = host.name, .port = host.port, .user = host.user, .key_types = key_types(facts.known)});
    use_session(host, session, facts);
  } catch (const base::Error& error) {
    facts.connect_problem = error.what();
  }
  return facts;
}

std::vector<Finding> judge_slurm_host(const SlurmHost& host, const SlurmHostFacts& facts, Hub hub) {
  std::vector<Finding> findings;
  for (const Judge judge : kJudges) findings.push_back(judge({host, facts, hub}));
  return findings;
}

}  // namespace app
