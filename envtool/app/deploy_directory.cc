#include "envtool/app/deploy_directory.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "envtool/base/digest.h"
#include "envtool/doc/yaml.h"
#include "envtool/model/endpoint.h"
#include "envtool/model/zenith_client.h"
#include "envtool/ssh/hosts.h"
#include "envtool/ssh/key.h"
#include "envtool/ssh/random.h"
#include "envtool/sys/file.h"

namespace app {
namespace {

using base::Error;

/// Names under which a server in the same pod is reached.
const std::vector<std::string>& pod_local_hosts() {
  static const std::vector<std::string> kHosts{"localhost", "127.0.0.1", "::1"};
  return kHosts;
}

constexpr std::string_view kKnownHosts = "ssh_known_hosts";  ///< no secret, but kept with them
constexpr const char* kSaltFile = ".fingerprint-salt";
constexpr std::uint32_t kSaltBytes = 32;
constexpr const char* kStagedFiles = ".new-keys.part";  ///< being made
constexpr const char* kNewFiles = ".new-keys";          ///< complete: from now on there is no way back
constexpr const char* kFormerFiles = "former-keys";

manifest::SecretData key_pair_data(const std::string& private_text, const ssh::PublicKey& key) {
  return {{"ssh_key", private_text},
          {"ssh_key.pub", key.line()},
          {"localhost_known_hosts", ssh::known_hosts_line(pod_local_hosts(), key)},
          {"localhost_authorized_keys", ssh::authorized_keys_line(pod_local_hosts(), key)}};
}

bool others_can_read(const fs::path& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && (info.st_mode & 077U) != 0;
}

/// Checks the files that one secret takes from the deploy directory.
class FileCheck {
 public:
  FileCheck(const fs::path& folder, const model::Env& env, const model::Secret& secret, base::Diagnostics& problems)
      : folder_(folder), env_(env), secret_(secret), problems_(problems) {}

  void operator()(const model::KeyPairSecret& pair) const {
    const std::optional<std::string> text = read(pair.file);
    const std::optional<std::string> public_text = read(pair.file + ".pub");
    if (!text && !pair.generate) missing(pair.file, "make");
    if (!public_text && !pair.generate) missing(pair.file + ".pub", "make");
    if (!text || (!public_text && !pair.generate)) return;
    check([&] { ssh::complete_pair(*text, public_text); }, pair.file);
    warn_if_others_can_read(pair.file);
  }

  void operator()(const model::FileSecret& file) const {
    const bool there = read(file.file).has_value();
    if (!there && file.content.empty()) missing(file.file, secret_.key == kKnownHosts ? "known-hosts" : "");
    if (there && secret_.key != kKnownHosts) warn_if_others_can_read(file.file);
  }

  void operator()(const model::RandomSecret&) const {}

 private:
  void warn_if_others_can_read(const std::string& file) const {
    const fs::path path = folder_ / file;
    if (!others_can_read(path)) return;
    auto& problem = problems_.warning(fmt::format("other users can read the secret `{}`", path.string()));
    problem.hints.push_back(fmt::format("chmod 600 {}", path.string()));
  }

  std::optional<std::string> read(const std::string& file) const {
    std::optional<std::string> text;
    check([&] { text = sys::read_file_if_exists(folder_ / file); }, file);
    return text;
  }

  template <typename Work>
  void check(const Work& work, const std::string& file) const {
    try {
      work();
    } catch (Error& error) {
      error.add_context(fmt::format("checking `{}` for secret `{}`", (folder_ / file).string(), secret_.name));
      problems_.add(error);
    }
  }

  /// `keys_command` is what `envtool keys` has for such a file, or empty.
  void missing(const std::string& file, const std::string& keys_command) const {
    auto& problem = problems_.error(fmt::format("`{}` not found", (folder_ / file).string()), secret_.span);
    problem.notes.push_back(fmt::format("secret `{}` is made from it and `up` can't generate it", secret_.name));
    if (keys_command.empty()) return;
    problem.hints.push_back(fmt::format("put it there, or make it with `envtool keys {} {} --deploy-dir {}`", keys_command, env_.words(), folder_.string()));
  }

  const fs::path& folder_;
  const model::Env& env_;
  const model::Secret& secret_;
  base::Diagnostics& problems_;
};

/// Makes the files of one secret that are missing.
struct FileMaker {
  const fs::path& folder;

  void operator()(const model::KeyPairSecret& pair) const {
    const fs::path private_file = folder / pair.file;
    const fs::path public_file = folder / (pair.file + ".pub");
    if (const std::optional<std::string> text = sys::read_file_if_exists(private_file)) {
      sys::create_file(public_file, ssh::complete_pair(*text, sys::read_file_if_exists(public_file)).line(), sys::Access::shared);
      return;
    }
    if (!pair.generate) throw Error(fmt::format("`{}` not found", private_file.string()));
    const ssh::KeyPair fresh = ssh::generate_ed25519(pair.comment);
    sys::write_file(public_file, fresh.public_key.line(), sys::Access::shared);
    sys::create_file(private_file, fresh.private_text, sys::Access::secret);
  }
  void operator()(const model::FileSecret& file) const {
    if (!file.content.empty()) sys::create_file(folder / file.file, file.content, sys::Access::secret);
  }
  void operator()(const model::RandomSecret& random) const {
    sys::create_file(folder / random.file, ssh::random_base64(random.bytes) + "\n", sys::Access::secret);
  }
};

struct SecretReader {
  const fs::path& folder;
  const std::string& key;

  manifest::SecretData operator()(const model::KeyPairSecret& pair) const {
    const std::string text = sys::read_file(folder / pair.file);
    return key_pair_data(text, ssh::complete_pair(text, sys::read_file_if_exists(folder / (pair.file + ".pub"))));
  }
  manifest::SecretData operator()(const model::FileSecret& file) const { return {{key, sys::read_file(folder / file.file)}}; }
  manifest::SecretData operator()(const model::RandomSecret& random) const { return {{key, sys::read_file(folder / random.file)}}; }
};

std::string main_file(const model::Secret& secret) {
  return std::visit([](const auto& source) { return source.file; }, secret.source);
}

}  // namespace

void DeployDirectory::ensure() const {
  sys::make_folder(folder_, sys::Access::secret);
  ensure_salt();
}

void DeployDirectory::ensure_salt() const {
  if (!fs::exists(folder_ / kSaltFile)) sys::create_file(folder_ / kSaltFile, ssh::random_hex(kSaltBytes) + "\n", sys::Access::secret);
}

std::optional<model::DeployValues> read_deploy_config(const fs::path& file, const model::Env& env, base::Sources& sources,
                                                      base::Diagnostics& problems) {
  try {
    std::optional<std::string> text = sys::read_file_if_exists(file);
    if (!text) return std::nullopt;
    const doc::Value document = doc::read_yaml(sources.add(file.string(), std::move(*text), base::Excerpts::withheld));
    return model::check_deploy_config(env, document, problems);
  } catch (const Error& error) {
    problems.add(error);
    return model::DeployValues{};
  }
}

std::optional<model::DeployValues> DeployDirectory::read_config(const model::Env& env, base::Sources& sources,
                                                                base::Diagnostics& problems) const {
  return read_deploy_config(config_file(), env, sources, problems);
}

model::DeployValues DeployDirectory::peek_config() const {
  model::DeployValues values;
  const std::optional<std::string> text = sys::read_file_if_exists(config_file());
  if (!text) return values;
  base::Sources sources;
  try {
    const doc::Value document = doc::read_yaml(sources.add(config_file().string(), *text));
    const doc::Value* data = document.find("data");
    if (data == nullptr || !data->is_map()) return values;
    for (const doc::Entry& entry : data->as_map()) {
      if (entry.value.is_string()) values[entry.key] = entry.value.as_string();
    }
  } catch (const base::Error&) {
    // Reported when it is checked.
  }
  return values;
}

bool DeployDirectory::make_config(const model::Env& env) const {
  if (fs::exists(config_file())) return false;
  return sys::create_file(config_file(), model::new_deploy_config(env, ssh::random_base64), sys::Access::secret);
}

void DeployDirectory::check_files(const model::Env& env, const model::DeployValues* deploy, base::Sources& sources,
                                  base::Diagnostics& problems) const {
  for (const model::Secret& secret : env.secrets) std::visit(FileCheck(folder_, env, secret, problems), secret.source);
  check_host_is_known(env, deploy, problems);
  check_zenith_client(env, deploy != nullptr ? *deploy : model::DeployValues{}, sources, problems);
}

void DeployDirectory::check_host_is_known(const model::Env& env, const model::DeployValues* deploy, base::Diagnostics& problems) const {
  const auto host = deploy != nullptr ? deploy->find("sshHostname") : model::DeployValues::const_iterator{};
  if (deploy == nullptr || host == deploy->end()) return;
  const std::optional<fs::path> known_hosts = known_hosts_file(env);
  const std::optional<model::Endpoint> endpoint = model::parse_endpoint(host->second, ssh::kDefaultPort);
  const std::optional<std::string> text = known_hosts ? sys::read_file_if_exists(*known_hosts) : std::nullopt;
  if (!text || !endpoint) return;
  try {
    ssh::require_host(*text, known_hosts->string(), endpoint->host, endpoint->port);
  } catch (Error& error) {
    error.add_context("looking up `sshHostname` of the deploy ConfigMap");
    problems.add(error);
  }
}

/// Beside a stand-in, one that was made for it is not the administrator's business; one that is for a real server keeps it from working.
void DeployDirectory::check_zenith_client(const model::Env& env, const model::DeployValues& deploy, base::Sources& sources,
                                          base::Diagnostics& problems) const {
  for (const model::Secret& secret : env.secrets) {
    const auto* file = std::get_if<model::FileSecret>(&secret.source);
    if (file == nullptr || secret.key != "client.yaml") continue;
    try {
      std::optional<std::string> text = sys::read_file_if_exists(folder_ / file->file);
      if (!text) continue;
      const base::Source& source = sources.add((folder_ / file->file).string(), std::move(*text), base::Excerpts::withheld);
      const doc::Value config = doc::read_yaml(source);
      if (file->content.empty()) {
        model::check_zenith_client(env, deploy, config, problems);
      } else {
        model::check_zenith_standin(config, doc::read_yaml(sources.add(file->file + " of the stand-in", file->content)), problems);
      }
    } catch (const Error& error) {
      problems.add(error);
    }
  }
}

std::optional<fs::path> DeployDirectory::known_hosts_file(const model::Env& env) const {
  for (const model::Secret& secret : env.secrets) {
    const auto* file = std::get_if<model::FileSecret>(&secret.source);
    if (file != nullptr && secret.key == kKnownHosts) return folder_ / file->file;
  }
  return std::nullopt;
}

void DeployDirectory::prepare(const model::Secret& secret) const {
  ensure();
  std::visit(FileMaker{folder_}, secret.source);
}

void DeployDirectory::rotate(const std::vector<model::Secret>& secrets) const {
  ensure();
  finish_rotation();
  const fs::path staged = folder_ / kStagedFiles;
  fs::remove_all(staged);
  sys::make_folder(staged, sys::Access::secret);
  for (const model::Secret& secret : secrets) std::visit(FileMaker{staged}, secret.source);
  fs::rename(staged, folder_ / kNewFiles);
  finish_rotation();
}

/// Copies, so that it can be done again from the beginning. What was put aside first is what the pod last ran with.
void DeployDirectory::finish_rotation() const {
  const fs::path fresh = folder_ / kNewFiles;
  if (!fs::exists(fresh)) return;
  const fs::path former = folder_ / kFormerFiles;
  sys::make_folder(former, sys::Access::secret);
  for (const fs::directory_entry& entry : fs::directory_iterator(fresh)) {
    const fs::path name = entry.path().filename();
    const sys::Access access = name.extension() == ".pub" ? sys::Access::shared : sys::Access::secret;
    if (const auto old = sys::read_file_if_exists(folder_ / name)) sys::create_file(former / name, *old, sys::Access::secret);
    sys::write_file(folder_ / name, sys::read_file(entry.path()), access);
  }
  fs::remove_all(fresh);
}

void DeployDirectory::forget_former_files() const { fs::remove_all(folder_ / kFormerFiles); }

manifest::SecretData DeployDirectory::read_secret(const model::Secret& secret) const {
  return base::with_context(fmt::format("reading the files of secret `{}`", secret.name),
                            [&] { return std::visit(SecretReader{folder_, secret.key}, secret.source); });
}

std::optional<std::string> DeployDirectory::fingerprint_of(const std::string& bytes) const {
  const std::optional<std::string> salt = sys::read_file_if_exists(folder_ / kSaltFile);
  if (!salt) return std::nullopt;
  return base::sha256(*salt + bytes);
}

std::optional<std::string> DeployDirectory::fingerprint(const model::Secret& secret) const {
  if (!fs::exists(folder_ / main_file(secret))) return std::nullopt;
  std::string all;
  for (const auto& [key, bytes] : read_secret(secret)) all += fmt::format("{}:{}:{}\n", key, bytes.size(), bytes);
  return fingerprint_of(all);
}

std::optional<std::string> DeployDirectory::config_fingerprint() const {
  const std::optional<std::string> text = sys::read_file_if_exists(config_file());
  return text ? fingerprint_of(*text) : std::nullopt;
}

}  // namespace app
