#include "envtool/model/deploy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <set>

#include "envtool/base/strings.h"
#include "envtool/doc/yaml.h"
#include "envtool/model/endpoint.h"
#include "envtool/model/fields.h"

namespace model {
namespace {

constexpr std::size_t kLongestUserName = 32;  // useradd(8)
constexpr std::size_t kShortestPassword = 8;  // JupyterHub's SharedPasswordAuthenticator

bool is_lower_name(std::string_view text) {
  const auto follows = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !text.empty() && text.front() >= 'a' && text.front() <= 'z' && std::all_of(text.begin(), text.end(), follows);
}

bool is_dev_user(std::string_view word) {
  const std::size_t dot = word.find('.');
  return dot != std::string_view::npos && is_lower_name(word.substr(0, dot)) && is_lower_name(word.substr(dot + 1));
}

bool is_host(std::string_view text) {
  const auto allowed = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view(".-:[]").find(c) != std::string_view::npos; };
  const std::optional<Endpoint> endpoint = parse_endpoint(text, 1);
  return endpoint && endpoint->host.front() != '-' && endpoint->host.front() != '.' && std::all_of(text.begin(), text.end(), allowed);
}

bool is_url_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("-._~:/?#[]@!$&'()*+,;=%").find(c) != std::string_view::npos;
  });
}

std::string log_level_problem(std::string_view value) {
  constexpr std::array<std::string_view, 7> kLevels{"CRITICAL", "FATAL", "ERROR", "WARN", "WARNING", "INFO", "DEBUG"};
  const bool number = !value.empty() && std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (number || std::find(kLevels.begin(), kLevels.end(), value) != kLevels.end()) return {};
  return "must be a level of Python's logging module, like DEBUG or INFO";
}

std::string url_path_problem(std::string_view value) {
  if (!value.starts_with('/')) return "must begin with `/`";
  if (value.find("//") != std::string_view::npos || !is_url_text(value)) return "must be the path of a URL";
  if (value.find_first_of("?#") != std::string_view::npos) return "must be a path without `?` and `#`";
  if (value == "/") return "must name a path below `/`, like `/jupyter`: paths are put behind it";
  return value.ends_with('/') ? "must not end with `/`" : "";
}

std::string host_problem(std::string_view value) { return is_host(value) ? "" : "must be a host name or an IP address, with `:PORT` if need be"; }

std::string path_problem(std::string_view value) {
  const bool plain = std::all_of(value.begin(), value.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("/._+-@").find(c) != std::string_view::npos;
  });
  if (!value.starts_with('/')) return "must be an absolute path";
  return plain ? "" : "must be a path of letters, digits and `/._+-@`: it becomes part of commands";
}

/// Whether what follows the host in a URL begins with a port, if with any, from 1 to 65535.
bool has_good_port(std::string_view authority) {
  constexpr int kLastPort = 65535;
  const std::size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos || authority.ends_with(']')) return true;
  const std::string_view digits = authority.substr(colon + 1);
  int port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return error == std::errc{} && end == digits.data() + digits.size() && port > 0 && port <= kLastPort;
}

std::string http_url_problem(std::string_view value) {
  const std::size_t scheme = value.starts_with("http://") ? 7 : value.starts_with("https://") ? 8 : 0;
  const bool has_host = scheme > 0 && value.size() > scheme && value[scheme] != '/' && value[scheme] != ':';
  if (!has_host || !is_url_text(value)) return "must be an absolute URL that begins with http:// or https://";
  const std::string_view authority = value.substr(scheme, value.find_first_of("/?#", scheme) - scheme);
  if (authority.find('@') != std::string_view::npos) return "must not hold a name or password";
  return has_good_port(authority) ? "" : "must have a number from 1 to 65535 as its port";
}

std::string issuer_url_problem(std::string_view value) {
  const std::string problem = http_url_problem(value);
  if (!problem.empty()) return problem;
  return value.ends_with('/') ? "must not end with `/`: it is compared with the tokens' iss claim letter by letter" : "";
}

std::string text_problem(std::string_view value) {
  const bool printable = std::none_of(value.begin(), value.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  return !value.empty() && printable ? "" : "must be text on one line";
}

std::string dev_users_problem(std::string_view value) {
  std::set<std::string> seen;
  std::vector<std::string> bad;
  for (const std::string& word : base::words(value)) {
    if (!is_dev_user(word)) {
      bad.push_back(word);
    } else if (word.size() > kLongestUserName) {
      return fmt::format("holds `{}`, which is longer than {} characters", word, kLongestUserName);
    } else if (!seen.insert(word).second) {
      return fmt::format("holds `{}` twice", word);
    }
  }
  if (!bad.empty()) {
    return fmt::format("holds {}, which {} not of the form USER.PROJECT (lowercase letters, digits, `_` and `-`)", base::quoted_list(bad),
                       bad.size() == 1 ? "is" : "are");
  }
  return seen.empty() ? "must name one user at least" : "";
}

std::string password_problem(std::string_view value) {
  return value.size() >= kShortestPassword ? "" : fmt::format("must be at least {} characters long", kShortestPassword);
}

/// Whether a message says what was found beside what is wrong with it.
enum class Found { said_apart, in_problem };

struct Type {
  std::string_view name;
  std::string (*problem)(std::string_view value);
  Found found = Found::said_apart;
};

constexpr std::array<Type, 9> kTypes{{{"text", text_problem},
                                      {"log_level", log_level_problem},
                                      {"url_path", url_path_problem},
                                      {"host", host_problem},
                                      {"path", path_problem},
                                      {"http_url", http_url_problem},
                                      {"issuer_url", issuer_url_problem},
                                      {"dev_users", dev_users_problem, Found::in_problem},
                                      {"password", password_problem}}};

const Type* find_type(std::string_view name) {
  const auto* found = std::find_if(kTypes.begin(), kTypes.end(), [&](const Type& type) { return type.name == name; });
  return found == kTypes.end() ? nullptr : found;
}

/// Values of the examples and of stand-ins that could pass for real ones.
constexpr std::array<std::string_view, 5> kSamples{"MyVerySecurePassword", "dummy-audience", "portal.dummy.platform.shared", "dummy-client",
                                                   "only-for-development"};

/// The host of a URL, or the text itself.
std::string_view host_of(std::string_view text) {
  const std::size_t scheme = text.find("://");
  if (scheme != std::string_view::npos) text.remove_prefix(scheme + 3);
  return text.substr(0, text.find_first_of("/:"));
}

/// A value for a message: on one line.
std::string one_line(std::string value) {
  std::replace_if(value.begin(), value.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return value;
}

/// Checks one document against one environment's schema.
class Checker {
 public:
  Checker(const Env& env, const doc::Value& document, base::Diagnostics& problems)
      : env_(env), document_(document), problems_(problems) {}

  DeployValues run() {
    if (!document_.is_map()) {
      problems_.error(fmt::format("expected a ConfigMap, found {}", document_.is_null() ? "nothing" : with_article(document_.kind())), document_.span());
      return {};
    }
    check_identity();
    const doc::Value* data = document_.find("data");
    if (env_.deploy.keys.empty() && (data == nullptr || data->is_null())) return {};  // Kubernetes leaves `data` out, too
    if (data == nullptr || !data->is_map()) {
      problems_.error("the deploy ConfigMap has no map `data`", data != nullptr ? data->span() : document_.span());
      return {};
    }
    for (const doc::Entry& entry : data->as_map()) check_entry(entry);
    report_missing(*data);
    return std::move(values_);
  }

 private:
  void check_identity() {
    for (const doc::Entry& entry : document_.as_map()) {
      if (std::find(kFields.begin(), kFields.end(), entry.key) == kFields.end()) report_unknown_field(entry);
    }
    const doc::Value* version = document_.find("apiVersion");
    if (version == nullptr || !(*version == doc::Value("v1"))) {
      const bool plays = version != nullptr && *version == doc::Value("core/v1");  // podman takes it, Kubernetes doesn't
      const base::Span at = version != nullptr ? version->span() : document_.span();
      auto& problem = plays ? problems_.warning("Kubernetes refuses the apiVersion `core/v1`", at) : problems_.error("a ConfigMap needs its apiVersion", at);
      problem.hints.push_back("write `apiVersion: v1`");
    }
    const doc::Value* immutable = document_.find("immutable");
    if (immutable != nullptr && !immutable->is_bool()) {
      problems_.error(fmt::format("`immutable` must be a boolean, found {}", with_article(immutable->kind())), immutable->span());
    }
    const doc::Value* kind = document_.find("kind");
    if (kind == nullptr || !(*kind == doc::Value("ConfigMap"))) {
      problems_.error("expected a document of kind `ConfigMap`", kind != nullptr ? kind->span() : document_.span());
    }
    const doc::Value* name = doc::at_path(document_, "metadata.name");
    if (name == nullptr || !(*name == doc::Value(env_.deploy.object))) {
      problems_.error(fmt::format("the ConfigMap must be called `{}`: the pod looks it up under this name", env_.deploy.object),
                      name != nullptr ? name->span() : document_.span());
    }
  }

  void report_unknown_field(const doc::Entry& entry) {
    auto& problem = problems_.error(fmt::format("a ConfigMap has no field `{}`", entry.key), entry.key_span);
    problem.guess(entry.key, {kFields.begin(), kFields.end()}, env_.find_deploy_key(entry.key) != nullptr ? "it belongs below `data`" : "");
  }

  void check_entry(const doc::Entry& entry) {
    const DeployKey* key = env_.find_deploy_key(entry.key);
    if (key == nullptr) return report_unknown(entry);
    if (!entry.value.is_string()) {
      auto& problem = problems_.error(
          fmt::format("`{}` must be a string, found {}", entry.key, with_article(entry.value.kind())), entry.value.span());
      problem.hints.push_back("values of a ConfigMap are strings: put it in quotes");
      values_[entry.key] = "";
      return;
    }
    check_value(*key, entry.value.as_string(), entry.value.span());
    values_[entry.key] = entry.value.as_string();
  }

  void check_value(const DeployKey& key, const std::string& value, base::Span span) {
    const std::string problem = deploy_value_problem(key.type, value);
    const std::string shown = key.secret ? "" : value.empty() ? ", found nothing" : fmt::format(", found `{}`", one_line(value));
    if (!problem.empty()) {
      const Type* type = find_type(key.type);
      const bool apart = type == nullptr || type->found == Found::said_apart || value.empty();
      problems_.error(fmt::format("`{}` {}{}", key.name, problem, apart ? shown : ""), span);
    } else if (!key.allowed.empty() && std::find(key.allowed.begin(), key.allowed.end(), value) == key.allowed.end()) {
      problems_.error(fmt::format("`{}` must be one of {}{}", key.name, base::quoted_list(key.allowed), shown), span);
    } else if (key.fixed && key.default_value && value != *key.default_value) {
      problems_.warning(fmt::format("`{}` is `{}` in this environment{}", key.name, *key.default_value, shown), span);
    }
    if (!key.unused && is_placeholder(value)) report_placeholder(key, span);
  }

  void report_placeholder(const DeployKey& key, base::Span span) {
    const std::string message = fmt::format("`{}` still holds a placeholder", key.name);
    auto& problem = env_.production ? problems_.error(message, span) : problems_.warning(message, span);
    if (!key.description.empty()) problem.notes.push_back(key.description);
  }

  void report_unknown(const doc::Entry& entry) {
    auto& problem = problems_.error(
        fmt::format("environment `{}` has no deploy key `{}`", env_.name, entry.key), entry.key_span);
    std::vector<std::string> known;
    for (const DeployKey& key : env_.deploy.keys) known.push_back(key.name);
    problem.guess(entry.key, known);
  }

  void report_missing(const doc::Value& data) {
    for (const DeployKey& key : env_.deploy.keys) {
      if (!key.required || data.find(key.name) != nullptr) continue;
      auto& problem = problems_.error(fmt::format("deploy key `{}` is missing", key.name), data.span());
      if (!key.description.empty()) problem.notes.push_back(key.description);
    }
  }

  static constexpr std::array<const char*, 6> kFields{"apiVersion", "kind", "metadata", "immutable", "data", "binaryData"};

  const Env& env_;
  const doc::Value& document_;
  base::Diagnostics& problems_;
  DeployValues values_;
};

/// A value as the right side of a YAML entry.
std::string yaml_scalar(const std::string& value) {
  std::string text = doc::emit_yaml(doc::Value(value));
  text.pop_back();
  return text;
}

}  // namespace

std::string value_of(const DeployValues& deploy, const std::string& key) {
  const auto found = deploy.find(key);
  return found == deploy.end() ? "" : found->second;
}

std::vector<std::string> deploy_types() {
  std::vector<std::string> names;
  for (const Type& type : kTypes) names.emplace_back(type.name);
  return names;
}

bool is_deploy_type(std::string_view type) { return find_type(type) != nullptr; }

std::string deploy_value_problem(std::string_view type, std::string_view value) {
  const Type* found = find_type(type);
  return found == nullptr ? "" : found->problem(value);
}

bool is_placeholder(std::string_view value) {
  const std::string_view host = host_of(value);
  return host.ends_with(".example") || value.starts_with("/path/to") || (value.starts_with('<') && value.ends_with('>')) ||
         std::find(kSamples.begin(), kSamples.end(), value) != kSamples.end();
}

DeployValues check_deploy_config(const Env& env, const doc::Value& config_map, base::Diagnostics& problems) {
  return Checker(env, config_map, problems).run();
}

std::string new_deploy_config(const Env& env, const std::function<std::string(std::uint32_t)>& random_base64) {
  std::string out = fmt::format(
      "# Deploy ConfigMap of the environment {}.\n"
      "# Check it with: envtool check {} --deploy-dir FOLDER\n"
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {}\nimmutable: true\ndata:{}\n",
      env.id(), env.words(), env.deploy.object, env.deploy.keys.empty() ? " {}" : "");
  for (const DeployKey& key : env.deploy.keys) {
    if (&key != &env.deploy.keys.front()) out += '\n';
    if (!key.description.empty()) out += fmt::format("  # {}\n", key.description);
    if (key.fixed) out += "  # Keep this value: the pod is built around it\n";
    const std::string value = key.generate_bytes > 0 ? random_base64(key.generate_bytes) : key.default_value.value_or("");
    out += fmt::format("  {}: {}\n", key.name, yaml_scalar(value));
  }
  return out;
}

std::vector<std::string> deploy_keys_to_fill(const Env& env) {
  std::vector<std::string> names;
  for (const DeployKey& key : env.deploy.keys) {
    const bool placeholder = env.production && !key.unused && key.default_value && is_placeholder(*key.default_value);
    const bool empty = !key.default_value && key.generate_bytes == 0;
    if (key.required && (empty || placeholder)) names.push_back(key.name);
  }
  return names;
}

std::vector<DevUser> dev_users(std::string_view text) {
  std::vector<DevUser> users;
  for (const std::string& word : base::words(text)) {
    const std::size_t dot = word.find('.');
    if (is_dev_user(word)) users.push_back({word.substr(0, dot), word.substr(dot + 1)});
  }
  return users;
}

}  // namespace model
