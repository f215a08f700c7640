#include "envtool/model/zenith_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>


namespace model {
namespace {

const std::vector<std::string>& known_keys() {
  static const std::vector<std::string> kKeys{
      "logging", "debug", "ssh_executable", "run_as_user", "ssh_identity_path", "ssh_private_key_data", "configure_timeout",
      "server_address", "server_port", "forward_to_host", "forward_to_port", "server_alive_period", "server_alive_failures",
      "backend_protocol", "liveness_path", "liveness_period", "liveness_failures", "read_timeout", "internal", "skip_auth",
      "auth_oidc_issuer", "auth_oidc_client_id", "auth_oidc_client_secret", "auth_oidc_allowed_groups", "auth_external_params",
      "tls_cert_file", "tls_cert_data", "tls_key_file", "tls_key_data", "tls_client_ca_file", "tls_client_ca_data",
      // Of `zenith-client init`, which reads the same file.
      "ssh_keygen_executable", "registrar_url", "token", "verify_ssl"};
  return kKeys;
}

std::string snake_case(std::string_view key) {
  std::string text;
  for (const char c : key) {
    if (std::isupper(static_cast<unsigned char>(c)) != 0) text += '_';
    text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return text;
}

std::string_view without_slash(std::string_view url) {
  return url.ends_with('/') ? url.substr(0, url.size() - 1) : url;
}

/// The entry of a map with this key, however that is written.
const doc::Entry* find_entry(const doc::Value& config, std::string_view key) {
  if (!config.is_map()) return nullptr;
  for (const doc::Entry& entry : config.as_map()) {
    if (snake_case(entry.key) == key) return &entry;
  }
  return nullptr;
}

class Check {
 public:
  Check(const Env& env, const DeployValues& deploy, const doc::Value& config, base::Diagnostics& problems)
      : env_(env), deploy_(deploy), config_(config), problems_(problems) {}

  void run() const {
    if (!config_.is_map()) {
      problems_.error("the Zenith client's configuration must hold a map", config_.span());
      return;
    }
    for (const doc::Entry& entry : config_.as_map()) check_entry(entry);
    if (find("server_address") == nullptr) problems_.error("the Zenith client's configuration names no `serverAddress`", config_.span());
    if (const doc::Entry* id = find("auth_oidc_client_id"); id != nullptr && find("auth_oidc_client_secret") == nullptr) {
      problems_.error(fmt::format("`{}` needs a secret beside it, `authOidcClientSecret`", id->key), id->key_span);
    }
    check_issuer();
  }

 private:
  const doc::Entry* find(std::string_view key) const { return find_entry(config_, key); }

  void check_entry(const doc::Entry& entry) const {
    const std::string key = snake_case(entry.key);
    if (std::find(known_keys().begin(), known_keys().end(), key) == known_keys().end()) {
      problems_.error(fmt::format("a Zenith client knows no `{}`", entry.key), entry.key_span).guess(key, known_keys());
    }
    if (!entry.value.is_string() || !is_placeholder(entry.value.as_string())) return;
    const std::string message = fmt::format("`{}` still holds a placeholder", entry.key);
    env_.production ? problems_.error(message, entry.value.span()) : problems_.warning(message, entry.value.span());
  }

  void check_issuer() const {
    const doc::Entry* issuer = find("auth_oidc_issuer");
    const auto expected = deploy_.find("oidcServer");
    if (issuer == nullptr || !issuer->value.is_string() || expected == deploy_.end()) return;
    const std::string& url = issuer->value.as_string();
    if (without_slash(url) == expected->second || is_placeholder(url) || is_placeholder(expected->second)) return;
    problems_.warning(fmt::format("`{}` is {}, but the hub takes tokens of {} only: `oidcServer`", issuer->key, url, expected->second),
                      issuer->value.span());
  }

  const Env& env_;
  const DeployValues& deploy_;
  const doc::Value& config_;
  base::Diagnostics& problems_;
};

}  // namespace

void check_zenith_client(const Env& env, const DeployValues& deploy, const doc::Value& config, base::Diagnostics& problems) {
  Check(env, deploy, config, problems).run();
}

void check_zenith_standin(const doc::Value& config, const doc::Value& standin, base::Diagnostics& problems) {
  const doc::Entry* here = find_entry(config, "server_address");
  const doc::Entry* there = find_entry(standin, "server_address");
  if (here != nullptr && there != nullptr && here->value == there->value) return;
  problems.error("the Zenith server is a stand-in, and the Zenith client's configuration leads elsewhere", here != nullptr ? here->value.span() : config.span())
      .hints.push_back("remove this file: `up` writes one that leads to the stand-in");
}

}  // namespace model
