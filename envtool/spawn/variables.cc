#include "envtool/spawn/variables.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"
#include "envtool/patch/names.h"
#include "envtool/spawn/server_environment.h"
#include "envtool/spawn/urls.h"
#include "envtool/tmpl/print.h"

namespace spawn {
namespace {

using doc::Value;

Value texts_value(const std::vector<std::string>& texts) {
  doc::List list;
  for (const std::string& text : texts) list.emplace_back(text);
  return list;
}

template <typename Number>
Value value_or_null(const std::optional<Number>& number) {
  return number ? Value(*number) : Value();
}

Value user_value(const Hub& hub, const Server& server) {
  return doc::make_map({{"name", server.user},
                        {"id", server.user_id},
                        {"escaped_name", path_segment(server.user)},
                        {"url", proxy_spec(hub, {server.user, server.user_id, "", {}, ""})}});
}

Value templates_value(const Templates& templates) {
  doc::Map map;
  for (const auto& [key, text] : templates) map.append(key, text);
  return map;
}

Value spawner_value(const Config& config, const Settings& settings, const Server& server) {
  return doc::make_map({{"name", server.name},
                        {"user", user_value(config.hub, server)},
                        {"proxy_spec", proxy_spec(config.hub, server)},
                        {"ip", "0.0.0.0"},
                        {"port", std::int64_t{settings.port}},
                        {"image", settings.image},
                        {"cmd", texts_value(settings.cmd)},
                        {"args", texts_value(settings.args)},
                        {"environment", settings.environment},
                        {"mem_limit", value_or_null(settings.mem_limit)},
                        {"mem_guarantee", value_or_null(settings.mem_guarantee)},
                        {"cpu_limit", value_or_null(settings.cpu_limit)},
                        {"cpu_guarantee", value_or_null(settings.cpu_guarantee)},
                        {"kubernetes_context", settings.kubernetes_context},
                        {"ingress_public_url", settings.ingress_public_url},
                        {"ingress_class", settings.ingress_class},
                        {"ingress_host", settings.ingress_host},
                        {"create_namespace", settings.create_namespace},
                        {"default_url", settings.default_url},
                        {"notebook_dir", settings.notebook_dir},
                        {"debug", settings.debug},
                        {"hub_connect_url", settings.hub_connect_url},
                        {"start_timeout", std::int64_t{settings.start_timeout}},
                        {"key_template", config.key_template},
                        {"namespace_template", config.namespace_template},
                        {"resources", templates_value(settings.resources)},
                        {"patches", templates_value(settings.patches)}});
}

/// Kubernetes takes amounts as strings: bytes, and cores as Python writes a float.
Value amounts_value(const std::optional<std::int64_t>& memory, const std::optional<double>& cores) {
  doc::Map amounts;
  if (memory) amounts.append("memory", fmt::format("{}", *memory));
  if (cores) amounts.append("cpu", tmpl::real_to_text(*cores));
  return amounts;
}

void check_name(const char* what, const std::string& name) {
  if (!base::is_utf8(name)) throw base::Error(fmt::format("the {} isn't UTF-8 text", what));
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::any_of(name.begin(), name.end(), is_control)) throw base::Error(fmt::format("the {} has control characters in it", what));
}

}  // namespace

void check_server(const Server& server) {
  if (server.user.empty()) throw base::Error("the user has no name");
  check_name("user's name", server.user);
  check_name("server's name", server.name);
}

std::string proxy_spec(const Hub& hub, const Server& server) {
  return join_url({hub.base_url, "user", path_segment(server.user), path_segment(server.name), "/"});
}

Variables make_variables(const Config& config, const Settings& settings, const Server& server) {
  Variables variables;
  variables.values.append("userid", server.user_id);
  variables.values.append("username", patch::escape(server.user));
  variables.values.append("unescaped_username", server.user);
  variables.values.append("servername", patch::escape(server.name));
  variables.values.append("unescaped_servername", server.name);
  variables.values.append("proxy_spec", proxy_spec(config.hub, server));
  variables.values.append("spawner", spawner_value(config, settings, server));
  variables.functions["spawner.get_args"] = [&settings](const auto&) { return texts_value(settings.args); };
  variables.functions["spawner.get_env"] = [&](const auto&) { return Value(server_environment(config.hub, settings, server)); };
  return variables;
}

void add_names(Variables& variables, const Settings& settings, const std::string& key, const std::string& kubernetes_namespace) {
  Value& spawner = *variables.values.find("spawner");
  spawner["key"] = key;
  spawner["namespace"] = kubernetes_namespace;
  variables.values.set("key", key);
  variables.values.set("resources", doc::make_map({{"limits", amounts_value(settings.mem_limit, settings.cpu_limit)},
                                                   {"requests", amounts_value(settings.mem_guarantee, settings.cpu_guarantee)}}));
}

}  // namespace spawn
