// Where things are: the project's folder, its environments, their deploy directories.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace app {

namespace fs = std::filesystem;

struct Project {
  fs::path root;  ///< absolute

  fs::path definition(const std::string& env) const { return root / "envs" / env / "env.yaml"; }
  fs::path deploy_directory(const std::string& env) const { return root / "deploy" / env; }
  /// What is only remembered to save time.
  fs::path state_directory() const { return root / ".envtool"; }
};

/// The project that is named, or else the nearest folder at or above `start` that holds `envs/`, or else the files that
/// were installed with the program. Throws base::Error when there is none.
Project find_project(const std::optional<fs::path>& named, const fs::path& start);

/// The environments of a project, sorted: folders of `envs/` that hold an env.yaml. Folders that begin with `_` hold parts.
std::vector<std::string> list_environments(const Project& project);

/// Throws base::Error, with the nearest names, unless the project has this environment. A path is never a name.
void require_environment(const Project& project, const std::string& name);

/// Throws base::Error unless an instance of an environment may be called so; an empty name is none and always good.
void require_instance(const Project& project, const std::string& env, const std::string& instance);

}  // namespace app
