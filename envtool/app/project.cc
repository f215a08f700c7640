#include "envtool/app/project.h"

#include <fmt/format.h>

#include <algorithm>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"
#include "envtool/model/names.h"

#ifndef ENVTOOL_DATA_DIR
#define ENVTOOL_DATA_DIR "/usr/local/share/envtool"
#endif

namespace app {
namespace {

bool is_project(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_directory(folder / "envs", ignored);
}

/// A link that leads nowhere counts: reading it says what is wrong.
bool has_definition(const Project& project, const std::string& name) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(project.definition(name), ignored));
}

}  // namespace

Project find_project(const std::optional<fs::path>& named, const fs::path& start) {
  if (named) {
    if (is_project(*named)) return {fs::canonical(*named)};
    throw base::Error(fmt::format("`{}` is no project: it holds no folder `envs`", named->string()));
  }
  for (fs::path folder = fs::absolute(start); true; folder = folder.parent_path()) {
    if (is_project(folder)) return {folder};
    if (folder == folder.root_path()) break;
  }
  if (is_project(ENVTOOL_DATA_DIR)) return {fs::path(ENVTOOL_DATA_DIR)};
  throw base::Error(fmt::format("no project found: neither `{}` nor a folder above it holds `envs`", start.string()))
      .hint("change into the project or name it with --project");
}

std::vector<std::string> list_environments(const Project& project) {
  std::vector<std::string> names;
  std::error_code failure;
  for (const fs::directory_entry& entry : fs::directory_iterator(project.root / "envs", failure)) {
    const std::string name = entry.path().filename().string();
    if (model::is_env_name(name) && has_definition(project, name)) names.push_back(name);
  }
  if (failure) throw base::Error(fmt::format("cannot read `{}`: {}", (project.root / "envs").string(), failure.message()));
  std::sort(names.begin(), names.end());
  return names;
}

void require_environment(const Project& project, const std::string& name) {
  const bool possible = model::is_env_name(name);
  if (possible && has_definition(project, name)) return;
  const std::vector<std::string> known = list_environments(project);
  base::Error error(possible ? fmt::format("there is no environment `{}`", name) : fmt::format("`{}` is no name of an environment", name));
  if (name.find('/') != std::string::npos) throw std::move(error).hint("name a folder of `envs/`, without a path: " + base::join(known, ", "));
  throw std::move(error).guess(name, known, "environments here: " + base::join(known, ", "));
}

void require_instance(const Project& project, const std::string& env, const std::string& instance) {
  if (instance.empty()) return;
  if (!model::is_instance_name(instance)) {
    throw base::Error(fmt::format("`{}` is no name of an instance", instance)).hint("letters, digits and `_` only, beginning with a letter or digit");
  }
  const std::string id = model::instance_id(env, instance);
  if (!has_definition(project, id)) return;
  throw base::Error(fmt::format("instance `{}` of environment `{}` would be called like the environment `{}`", instance, env, id))
      .hint("choose another name");
}

}  // namespace app
