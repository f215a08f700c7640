// What lets systemd start an environment's pod when the machine starts: a Quadlet unit for a podman that knows these, else a service
// that plays the manifest. Both play the files of the deploy directory as they are; `up` is what writes those.
#pragma once

#include <string>
#include <vector>

#include "envtool/app/deploy_directory.h"
#include "envtool/manifest/target.h"
#include "envtool/model/env.h"

namespace app {

/// Whose systemd starts the pod: the machine's, for root's podman, or that of a user.
enum class Manager { machine, user };

struct Unit {
  std::string file;     ///< name of the unit's file: `POD.kube` or `POD.service`
  std::string text;
  std::string service;  ///< what systemd calls it: `POD.service`
  bool is_quadlet = false;
};

/// `podman` is the program's full path.
Unit make_unit(const model::Env& env, const DeployDirectory& deploy, const manifest::Target& target, Manager manager, const std::string& podman);

/// Where the unit's file belongs; `config_home` is the user's, usually ~/.config.
fs::path unit_folder(const Unit& unit, Manager manager, const fs::path& config_home);

/// The commands that start the pod now and with the machine, once the file is there. `user` is whose podman it is.
std::vector<std::string> how_to_start(const Unit& unit, Manager manager, const std::string& user);

}  // namespace app
