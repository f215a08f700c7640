#include "envtool/spawn/server_environment.h"

#include <fmt/format.h>

#include <string_view>

#include "envtool/base/strings.h"
#include "envtool/doc/json.h"
#include "envtool/spawn/urls.h"
#include "envtool/tmpl/template.h"

namespace spawn {
namespace {

constexpr std::string_view kHubOnItsOwnMachine = "http://127.0.0.1:8081";

std::string client_id(const Server& server) {
  const std::string user = "jupyterhub-user-" + base::percent_encode(server.user, "/");
  return server.name.empty() ? user : user + "-" + base::percent_encode(server.name, "/");
}

std::string json_list(const std::vector<std::string>& texts) {
  std::vector<std::string> items;
  for (const std::string& text : texts) items.push_back(doc::emit_json(text));
  return "[" + base::join(items, ", ") + "]";
}

std::string access_scopes(const Server& server) {
  return json_list({fmt::format("access:servers!server={}/{}", server.user, server.name), fmt::format("access:servers!user={}", server.user)});
}

/// Python's str.format with the names that JupyterHub defines.
std::string format_string(const char* what, const std::string& text, const Server& server, const std::string& base_url) {
  const base::Source source(what, "{{ text.format(username=username, base_url=base_url) }}");
  const doc::Value values = doc::make_map({{"text", text}, {"username", server.user}, {"base_url", base_url}});
  return base::with_context(fmt::format("formatting `{}`", what), [&] {
    try {
      return tmpl::render(source, values.as_map());
    } catch (const base::Error& error) {
      throw base::Error(error.what());
    }
  });
}

void add_urls(doc::Map& environment, const Hub& hub, const Settings& settings, const Server& server, const std::string& prefix) {
  const std::string root = settings.hub_connect_url.empty() ? std::string(kHubOnItsOwnMachine) : settings.hub_connect_url;
  const std::string api = join_url({root, hub.base_url, "hub/api"});
  environment.append("JUPYTERHUB_API_URL", api);
  environment.append("JUPYTERHUB_ACTIVITY_URL", join_url({api, "users", path_segment(server.user), "activity"}));
  environment.append("JUPYTERHUB_BASE_URL", hub.base_url);
  environment.append("JUPYTERHUB_SERVICE_PREFIX", prefix);
  environment.append("JUPYTERHUB_SERVICE_URL", fmt::format("http://0.0.0.0:{}{}", settings.port, prefix));
  const bool is_public = !hub.public_url.empty();
  environment.append("JUPYTERHUB_PUBLIC_URL", is_public ? join_url({hub.public_url, prefix}) : "");
  environment.append("JUPYTERHUB_PUBLIC_HUB_URL", is_public ? join_url({hub.public_url, hub.base_url, "hub/"}) : "");
}

void add_identity(doc::Map& environment, const Hub& hub, const Server& server) {
  environment.append("JUPYTERHUB_API_TOKEN", server.api_token);
  environment.append("JPY_API_TOKEN", server.api_token);
  environment.append("JUPYTERHUB_CLIENT_ID", client_id(server));
  environment.append("JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED", "0");
  environment.append("JUPYTERHUB_HOST", "");
  const std::string home = join_url({hub.base_url, "user", path_segment(server.user), "/"});
  environment.append("JUPYTERHUB_OAUTH_CALLBACK_URL", join_url({home, path_segment(server.name), "oauth_callback"}));
  environment.append("JUPYTERHUB_OAUTH_SCOPES", access_scopes(server));
  environment.append("JUPYTERHUB_OAUTH_ACCESS_SCOPES", access_scopes(server));
  environment.append("JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES", "[]");
  environment.append("JUPYTERHUB_USER", server.user);
  environment.append("JUPYTERHUB_SERVER_NAME", server.name);
}

}  // namespace

doc::Map server_environment(const Hub& hub, const Settings& settings, const Server& server) {
  doc::Map environment;
  const std::string prefix = proxy_spec(hub, server);
  add_identity(environment, hub, server);
  add_urls(environment, hub, settings, server, prefix);
  if (!settings.notebook_dir.empty()) {
    environment.append("JUPYTERHUB_ROOT_DIR", format_string("notebook_dir", settings.notebook_dir, server, prefix));
  }
  if (!settings.default_url.empty()) {
    environment.append("JUPYTERHUB_DEFAULT_URL", format_string("default_url", settings.default_url, server, prefix));
  }
  if (settings.debug) environment.append("JUPYTERHUB_DEBUG", "1");
  for (const doc::Entry& entry : settings.environment) environment.set(entry.key, entry.value);
  for (const char* amount : {"CPU_LIMIT", "CPU_GUARANTEE", "MEM_LIMIT", "MEM_GUARANTEE"}) environment.erase(amount);
  return environment;
}

}  // namespace spawn
