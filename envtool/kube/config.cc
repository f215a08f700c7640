#include "envtool/kube/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>

#include "envtool/base/strings.h"
#include "envtool/doc/yaml.h"
#include "envtool/sys/file.h"

namespace kube {
namespace {

using base::Error;

constexpr std::string_view kExecExtension = "client.authentication.k8s.io/exec";

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
  return value == nullptr ? "" : value;
}

// --- Fields of a file, each with its place --------------------------------------------------------------------------------------------

const doc::Value* present(const doc::Value& map, std::string_view key) {
  const doc::Value* value = map.find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

[[noreturn]] void throw_expected(std::string_view what, std::string_view key, const doc::Value& value) {
  throw Error(fmt::format("expected {} at `{}`, found {}", what, key, doc::to_string(value.kind())), value.span());
}

std::string text_of(const doc::Value& map, std::string_view key) {
  const doc::Value* value = present(map, key);
  if (value == nullptr) return "";
  if (!value->is_string())
    throw Error(fmt::format("expected a string at `{}`, found {}", key, doc::to_string(value->kind())), value->span())
        .hint("put quotes around it");
  return value->as_string();
}

bool flag_of(const doc::Value& map, std::string_view key) {
  const doc::Value* value = present(map, key);
  if (value != nullptr && !value->is_bool()) throw_expected("true or false", key, *value);
  return value != nullptr && value->as_bool();
}

const doc::List& list_of(const doc::Value& map, std::string_view key) {
  static const doc::List kNone;
  const doc::Value* value = present(map, key);
  if (value != nullptr && !value->is_list()) throw_expected("a list", key, *value);
  return value == nullptr ? kNone : value->as_list();
}

/// An empty map if there is none.
const doc::Value& map_of(const doc::Value& map, std::string_view key) {
  static const doc::Value kNone{doc::Map()};
  const doc::Value* value = present(map, key);
  if (value != nullptr && !value->is_map()) throw_expected("a map", key, *value);
  return value == nullptr ? kNone : *value;
}

std::vector<std::string> texts_of(const doc::Value& map, std::string_view key) {
  std::vector<std::string> texts;
  for (const doc::Value& item : list_of(map, key)) {
    if (!item.is_string()) throw_expected("strings", key, item);
    texts.push_back(item.as_string());
  }
  return texts;
}

std::string bytes_of(const doc::Value& map, std::string_view key) {
  const std::string text = text_of(map, key);
  std::optional<std::string> bytes = base::from_base64(text);
  if (!bytes)
    throw Error(fmt::format("`{}` is not base64", key), present(map, key)->span())
        .hint("PEM text goes into a file, and the file's path into the field without `-data`");
  return *std::move(bytes);
}

// --- Files, and what they hold together -----------------------------------------------------------------------------------------------

/// A named part of a file: the map below `cluster`, `user` or `context`.
struct Part {
  std::string name;
  doc::Value value;
  fs::path folder;  ///< what relative paths are relative to
  base::Span span;  ///< of the name

  fs::path path(std::string_view key) const { return path_of(text_of(value, key)); }
  fs::path path_of(const std::string& text) const {
    return text.empty() || text.front() == '/' ? fs::path(text) : (folder / text).lexically_normal();
  }
};

using Parts = std::vector<Part>;

const Part* find(const Parts& parts, std::string_view name) {
  const auto found = std::find_if(parts.begin(), parts.end(), [&](const Part& part) { return part.name == name; });
  return found == parts.end() ? nullptr : &*found;
}

std::vector<std::string> names(const Parts& parts) {
  std::vector<std::string> all;
  for (const Part& part : parts) all.push_back(part.name);
  return all;
}

/// All files as one.
struct Merged {
  Parts clusters;
  Parts users;
  Parts contexts;
  std::string current_context;
  base::Span current_span;
  std::vector<std::string> files;  ///< those that were read
};

/// The parts of one list of a file.
Parts read_parts(const doc::Value& file, std::string_view list, std::string_view field, const fs::path& folder) {
  Parts parts;
  for (const doc::Value& item : list_of(file, list)) {
    if (!item.is_map()) throw_expected("maps", list, item);
    Part part{text_of(item, "name"), map_of(item, field), folder, item.span()};
    if (const doc::Value* name = present(item, "name")) part.span = name->span();
    if (const Part* other = find(parts, part.name)) {
      throw Error(fmt::format("`{}` holds `{}` twice", list, part.name), part.span)
          .note(fmt::format("the first one is at {}", base::to_string(other->span)));
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

void add_new(Parts& all, Parts more) {
  for (Part& part : more) {
    if (find(all, part.name) == nullptr) all.push_back(std::move(part));
  }
}

void check_type(const doc::Value& file) {
  if (!file.is_map()) throw Error(fmt::format("expected a kubeconfig, found {}", doc::to_string(file.kind())), file.span());
  const std::string kind = text_of(file, "kind");
  if (!kind.empty() && kind != "Config")
    throw Error(fmt::format("expected a kubeconfig (`kind: Config`), found `{}`", kind), file.find("kind")->span());
}

void add_file(Merged& all, const fs::path& path, std::string text, base::Sources& sources) {
  const doc::Value file = doc::read_yaml(sources.add(path.string(), std::move(text), base::Excerpts::withheld));
  all.files.push_back(path.string());
  if (file.is_null()) return;
  check_type(file);
  const fs::path folder = fs::absolute(path).parent_path();
  add_new(all.clusters, read_parts(file, "clusters", "cluster", folder));
  add_new(all.users, read_parts(file, "users", "user", folder));
  add_new(all.contexts, read_parts(file, "contexts", "context", folder));
  const std::string current = text_of(file, "current-context");
  if (!all.current_context.empty() || current.empty()) return;
  all.current_context = current;
  all.current_span = file.find("current-context")->span();
}

/// The paths that count, each once.
std::vector<fs::path> paths_of(const Surroundings& surroundings) {
  std::vector<fs::path> paths;
  for (const std::string& path : base::split(surroundings.kubeconfig, ':')) {
    if (!path.empty() && std::find(paths.begin(), paths.end(), path) == paths.end()) paths.emplace_back(path);
  }
  if (surroundings.kubeconfig.empty() && !surroundings.home.empty()) paths.push_back(surroundings.home / ".kube" / "config");
  return paths;
}

Merged read_files(const Choice& choice, const Surroundings& surroundings, base::Sources& sources) {
  Merged all;
  if (!choice.kubeconfig.empty()) {
    add_file(all, choice.kubeconfig, sys::read_file(choice.kubeconfig), sources);
    return all;
  }
  for (const fs::path& path : paths_of(surroundings)) {
    if (std::optional<std::string> text = sys::read_file_if_exists(path)) add_file(all, path, *std::move(text), sources);
  }
  return all;
}

// --- What a context means -------------------------------------------------------------------------------------------------------------

const Part& chosen_context(const Merged& all, const Choice& choice) {
  const bool said = !choice.context.empty();
  const std::string& name = said ? choice.context : all.current_context;
  if (name.empty()) {
    throw Error(fmt::format("no context is current in {}", base::quoted_list(all.files)))
        .hint(all.contexts.empty() ? "it has no contexts at all" : fmt::format("choose one: {}", base::quoted_list(names(all.contexts))));
  }
  if (const Part* context = find(all.contexts, name)) return *context;
  throw Error(fmt::format("there is no context `{}` in {}", name, base::quoted_list(all.files)), said ? base::Span() : all.current_span)
      .guess(name, names(all.contexts),
             all.contexts.empty() ? "there are no contexts at all" : fmt::format("there are {}", base::quoted_list(names(all.contexts))));
}

/// The cluster or the user that a context names.
const Part& part_of_context(const Part& context, std::string_view field, const Parts& parts) {
  const doc::Value* value = present(context.value, field);
  const std::string name = text_of(context.value, field);
  const base::Span span = value == nullptr ? context.span : value->span();
  if (name.empty()) throw Error(fmt::format("the context `{}` names no {}", context.name, field), span);
  if (const Part* part = find(parts, name)) return *part;
  throw Error(fmt::format("the context `{}` names the {} `{}`, which is in no kubeconfig", context.name, field, name), span)
      .guess(name, names(parts));
}

Pem pem_of(const Part& part, const std::string& key, base::Diagnostics& warnings) {
  Pem pem{bytes_of(part.value, key + "-data"), part.path(key)};
  if (!pem.text.empty() && !pem.file.empty()) {
    warnings.warning(fmt::format("`{0}` is ignored, for `{0}-data` is given, too", key), part.value.find(key)->span());
    pem.file.clear();
  }
  if (!pem.file.empty() && !fs::exists(pem.file)) {
    throw Error(fmt::format("there is no file `{}`, which `{}` names", pem.file.string(), key), part.value.find(key)->span());
  }
  return pem;
}

void check_proxy(const Part& cluster, const std::string& url) {
  constexpr std::array<std::string_view, 3> kSchemes{"http://", "https://", "socks5://"};
  if (url.empty() || std::any_of(kSchemes.begin(), kSchemes.end(), [&](std::string_view scheme) { return url.starts_with(scheme); }))
    return;
  throw Error("expected a URL that begins with `http://`, `https://` or `socks5://` at `proxy-url`",
              cluster.value.find("proxy-url")->span());
}

/// A URL without its last slash. Like other clients, this takes HTTPS for granted only where something says how to check it.
std::string server_of(const Part& cluster, bool has_tls_settings) {
  std::string url = text_of(cluster.value, "server");
  const doc::Value* value = present(cluster.value, "server");
  if (url.empty())
    throw Error(fmt::format("the cluster `{}` has no `server`", cluster.name), value == nullptr ? cluster.span : value->span());
  if (url.find("://") == std::string::npos) url.insert(0, has_tls_settings ? "https://" : "http://");
  if (!url.starts_with("https://") && !url.starts_with("http://")) {
    throw Error("expected a URL that begins with `https://` or `http://` at `server`", value->span());
  }
  while (url.ends_with('/')) url.pop_back();
  return url;
}

void decode_cluster(const Part& cluster, Connection& to, base::Diagnostics& warnings) {
  to.cluster = cluster.name;
  to.authority = pem_of(cluster, "certificate-authority", warnings);
  to.tls_server_name = text_of(cluster.value, "tls-server-name");
  to.insecure = flag_of(cluster.value, "insecure-skip-tls-verify");
  to.proxy_url = text_of(cluster.value, "proxy-url");
  to.compressed = !flag_of(cluster.value, "disable-compression");
  check_proxy(cluster, to.proxy_url);
  to.server = server_of(cluster, !to.authority.empty() || to.insecure || present(cluster.value, "tls-server-name") != nullptr);
  if (!to.insecure) return;
  const base::Span span = cluster.value.find("insecure-skip-tls-verify")->span();
  if (!to.authority.empty()) {
    throw Error(fmt::format("the cluster `{}` names a certificate authority, and says `insecure-skip-tls-verify`", cluster.name), span)
        .hint("remove one of them");
  }
  warnings.warning(fmt::format("nobody checks that `{}` is the server it says it is", to.server), span)
      .hints.push_back("replace `insecure-skip-tls-verify` by `certificate-authority`");
}

Plugin::Input input_of(const Part& user, const doc::Value& exec, std::string_view api_version) {
  const std::string mode = text_of(exec, "interactiveMode");
  if (mode == "Never") return Plugin::Input::never;
  if (mode == "Always") return Plugin::Input::always;
  if (mode == "IfAvailable" || (mode.empty() && api_version.ends_with("/v1beta1"))) return Plugin::Input::if_available;
  throw Error(fmt::format("expected `Never`, `IfAvailable` or `Always` at `interactiveMode` of the user `{}`", user.name),
              mode.empty() ? exec.span() : exec.find("interactiveMode")->span());
}

std::string plugin_version(const Part& user, const doc::Value& exec) {
  const std::string version = text_of(exec, "apiVersion");
  if (version == "client.authentication.k8s.io/v1" || version == "client.authentication.k8s.io/v1beta1") return version;
  throw Error(
      fmt::format("expected `client.authentication.k8s.io/v1` or `.../v1beta1` at `apiVersion` of the credential plugin of the user `{}`",
                  user.name),
      version.empty() ? exec.span() : exec.find("apiVersion")->span());
}

Plugin decode_plugin(const Part& user) {
  const doc::Value& exec = map_of(user.value, "exec");
  Plugin plugin{plugin_version(user, exec),
                text_of(exec, "command"),
                texts_of(exec, "args"),
                {},
                {},
                flag_of(exec, "provideClusterInfo"),
                text_of(exec, "installHint"),
                {}};
  if (plugin.command.empty()) throw Error(fmt::format("the credential plugin of the user `{}` has no `command`", user.name), exec.span());
  if (plugin.command.find('/') != std::string::npos) plugin.command = user.path_of(plugin.command);
  plugin.input = input_of(user, exec, plugin.api_version);
  for (const doc::Value& item : list_of(exec, "env")) {
    if (!item.is_map() || text_of(item, "name").empty()) throw Error("expected a map with `name` and `value` in `env`", item.span());
    plugin.environment.emplace_back(text_of(item, "name"), text_of(item, "value"));
  }
  return plugin;
}

Impersonation decode_impersonation(const Part& user) {
  Impersonation as{text_of(user.value, "as"), text_of(user.value, "as-uid"), texts_of(user.value, "as-groups"), {}};
  const doc::Value& extra = map_of(user.value, "as-user-extra");
  for (const doc::Entry& entry : extra.as_map()) as.extra.emplace_back(entry.key, texts_of(extra, entry.key));
  if (as.user.empty() && !(as.uid.empty() && as.groups.empty() && as.extra.empty())) {
    throw Error(fmt::format("the user `{}` says which uid, groups or extra values to act with, but not as whom (`as`)", user.name),
                user.span);
  }
  return as;
}

void check_methods(const Part& user, const Connection& connection) {
  if (const doc::Value* provider = present(user.value, "auth-provider")) {
    throw Error(fmt::format("the user `{}` signs in by `auth-provider`, which Kubernetes has given up", user.name), provider->span())
        .hint("use `exec`, a credential plugin");
  }
  if (!connection.token.empty() && !(connection.basic_user.empty() && connection.basic_password.empty())) {
    throw Error(fmt::format("the user `{}` has a token and a password; only one of them can be sent", user.name), user.span);
  }
  if (!connection.certificate.empty() && connection.key.empty()) {
    throw Error(fmt::format("the user `{}` has a client certificate without `client-key` or `client-key-data`", user.name), user.span);
  }
}

void decode_user(const Part& user, Connection& to, base::Diagnostics& warnings) {
  to.user = user.name;
  to.certificate = pem_of(user, "client-certificate", warnings);
  to.key = pem_of(user, "client-key", warnings);
  to.token = text_of(user.value, "token");
  to.token_file = user.path("tokenFile");
  to.basic_user = text_of(user.value, "username");
  to.basic_password = text_of(user.value, "password");
  if (present(user.value, "exec") != nullptr) to.plugin = decode_plugin(user);
  to.impersonation = decode_impersonation(user);
  check_methods(user, to);
}

void add_cluster_config(const Part& cluster, Connection& to) {
  if (!to.plugin) return;
  for (const doc::Value& item : list_of(cluster.value, "extensions")) {
    const doc::Value* extension = item.find("extension");
    if (doc::text_at(item, "name") == kExecExtension && extension != nullptr) to.plugin->cluster_config = *extension;
  }
}

/// Over HTTP anybody could read them.
void withhold_credentials(Connection& connection, const base::Span& span, base::Diagnostics& warnings) {
  if (connection.server.starts_with("https://")) return;
  const bool has_any = !connection.certificate.empty() || !connection.token.empty() || !connection.token_file.empty() ||
                       !connection.basic_user.empty() || connection.plugin;
  if (has_any) warnings.warning(fmt::format("credentials are not sent to `{}`, for it isn't HTTPS", connection.server), span);
  connection.certificate = connection.key = {};
  connection.token = connection.basic_user = connection.basic_password = "";
  connection.token_file.clear();
  connection.plugin.reset();
}

Connection decode(const Merged& all, const Part& context, base::Diagnostics& warnings) {
  Connection connection;
  connection.context = context.name;
  const std::string chosen = text_of(context.value, "namespace");
  if (!chosen.empty()) connection.kubernetes_namespace = chosen;
  const Part& cluster = part_of_context(context, "cluster", all.clusters);
  decode_cluster(cluster, connection, warnings);
  decode_user(part_of_context(context, "user", all.users), connection, warnings);
  add_cluster_config(cluster, connection);
  withhold_credentials(connection, cluster.span, warnings);
  return connection;
}

// --- In a pod -------------------------------------------------------------------------------------------------------------------------

bool is_in_pod(const Surroundings& surroundings) {
  return !surroundings.service_host.empty() && !surroundings.service_port.empty() &&
         fs::is_regular_file(surroundings.service_account / "token");
}

std::string pod_namespace(const Surroundings& surroundings) {
  if (!surroundings.pod_namespace.empty()) return surroundings.pod_namespace;
  const std::string text = sys::read_file_if_exists(surroundings.service_account / "namespace").value_or("");
  return base::trim(text).empty() ? "default" : std::string(base::trim(text));
}

Connection pod_connection(const Surroundings& surroundings) {
  const bool is_ipv6 = surroundings.service_host.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? fmt::format("[{}]", surroundings.service_host) : surroundings.service_host;
  Connection connection;
  connection.server = fmt::format("https://{}:{}", host, surroundings.service_port);
  connection.authority.file = surroundings.service_account / "ca.crt";
  connection.token_file = surroundings.service_account / "token";
  connection.kubernetes_namespace = pod_namespace(surroundings);
  return connection;
}

bool is_empty(const Merged& all) {
  return all.clusters.empty() && all.users.empty() && all.contexts.empty() && all.current_context.empty();
}

Error no_kubeconfig(const Surroundings& surroundings) {
  std::vector<std::string> paths;
  for (const fs::path& path : paths_of(surroundings)) paths.push_back(path.string());
  return Error(paths.empty() ? "there is no kubeconfig"
                             : fmt::format("there is no kubeconfig, or an empty one: {}", base::quoted_list(paths)))
      .hint("the cluster's owner gives you one; KUBECONFIG says where it is");
}

}  // namespace

Surroundings surroundings_of_process() {
  return {variable("KUBECONFIG"), variable("HOME"), variable("KUBERNETES_SERVICE_HOST"), variable("KUBERNETES_SERVICE_PORT"),
          variable("POD_NAMESPACE")};
}

Connection load_connection(const Choice& choice, const Surroundings& surroundings, base::Sources& sources, base::Diagnostics& warnings) {
  const Merged all = read_files(choice, surroundings, sources);
  if (is_empty(all) && choice.kubeconfig.empty() && choice.context.empty()) {
    if (is_in_pod(surroundings)) return pod_connection(surroundings);
    throw no_kubeconfig(surroundings);
  }
  return decode(all, chosen_context(all, choice), warnings);
}

Contexts list_contexts(const Choice& choice, const Surroundings& surroundings, base::Sources& sources) {
  const Merged all = read_files(choice, surroundings, sources);
  return {all.current_context, names(all.contexts)};
}

}  // namespace kube
