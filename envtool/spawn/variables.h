// What templates see of a user's server: the spawner's variables under the names that MultiClusterKubeSpawner gives them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "envtool/spawn/config.h"
#include "envtool/spawn/template_text.h"

namespace spawn {

/// Whose server, and which one.
struct Server {
  std::string user;
  std::int64_t user_id = 1;
  std::string name;                    ///< empty for a user's only or first server
  std::optional<std::string> profile;  ///< a slug; absent: the default
  std::string api_token;
};

/// Throws base::Error for names that no hub gives: an empty user, text that isn't UTF-8, control characters.
void check_server(const Server& server);

/// The URL path of the server: `/user/alice/`, `/user/alice/gpu/`.
std::string proxy_spec(const Hub& hub, const Server& server);

/// userid, username, unescaped_username, servername, unescaped_servername, proxy_spec, and `spawner` with its settings, `name`,
/// `user` and the functions get_args() and get_env(). All arguments must outlive the result.
Variables make_variables(const Config& config, const Settings& settings, const Server& server);

/// Adds what is only known later: `key`, `resources`, `spawner.key` and `spawner.namespace`.
void add_names(Variables& variables, const Settings& settings, const std::string& key, const std::string& kubernetes_namespace);

}  // namespace spawn
