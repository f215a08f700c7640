// The hub team's file: settings for all servers, the profiles that users choose from, and what is known of the hub.
#pragma once

#include <string>
#include <vector>

#include "envtool/base/error.h"
#include "envtool/doc/value.h"
#include "envtool/spawn/settings.h"

namespace spawn {

/// One choice of the form that users see before their server starts.
struct Profile {
  std::string slug;
  std::string display_name;
  std::string description;
  bool is_default = false;
  Settings settings;  ///< those of all servers, with what the profile overrides
  base::Span span;
};

/// What JupyterHub knows of itself; servers get it in their environment.
struct Hub {
  std::string base_url = "/";  ///< begins and ends with a slash
  std::string public_url;      ///< where browsers find the hub's host; may be empty
};

struct Config {
  Settings settings;
  std::vector<Profile> profiles;
  doc::Value key_template;        ///< a string
  doc::Value namespace_template;  ///< a string
  doc::Value profile_form_template;  ///< a string; empty: the built-in one
  Hub hub;
};

/// The configuration that a file holds; an empty one is good. Every problem is reported; the result is only good without
/// errors. Templates are not looked into.
Config decode(const doc::Value& file, base::Diagnostics& problems);

}  // namespace spawn
