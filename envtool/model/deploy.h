// The deploy ConfigMap: what an administrator says about one deployment, checked against the environment's schema.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "envtool/base/error.h"
#include "envtool/doc/value.h"
#include "envtool/model/env.h"

namespace model {

/// Names of the types that a deploy key can have.
std::vector<std::string> deploy_types();
bool is_deploy_type(std::string_view type);

/// What is wrong with a value of a type (`must begin with /`), or the empty string.
std::string deploy_value_problem(std::string_view type, std::string_view value);

/// Values by key.
using DeployValues = std::map<std::string, std::string>;

/// The value of a key, or the empty string.
std::string value_of(const DeployValues& deploy, const std::string& key);

/// Whether a value is one of the examples', which stand for something that only the administrator knows.
bool is_placeholder(std::string_view value);

/// The values that a ConfigMap document holds. Reports, with places: another kind or name, missing and unknown keys, values
/// that aren't strings, values against their type's rules, keys set beside their fixed value (a warning), placeholders left
/// in (a warning; an error in production).
DeployValues check_deploy_config(const Env& env, const doc::Value& config_map, base::Diagnostics& problems);

/// A commented ConfigMap in YAML with defaults, and random values where the schema asks for them. `random_base64(n)` gives n
/// random bytes in base64. Keys without a default stand there empty, to be filled in.
std::string new_deploy_config(const Env& env, const std::function<std::string(std::uint32_t)>& random_base64);

/// Keys that `new_deploy_config` must leave empty.
std::vector<std::string> deploy_keys_to_fill(const Env& env);

/// Users of `devUsers`: first part and second part of each USER.PROJECT. Words of any other form are left out.
struct DevUser {
  std::string user;
  std::string project;
};
std::vector<DevUser> dev_users(std::string_view text);

}  // namespace model
