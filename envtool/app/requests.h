// What steps ask podman for, as values: the same for carrying a step out and for showing its command.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "envtool/app/deploy_directory.h"
#include "envtool/app/environment.h"
#include "envtool/archive/layer.h"
#include "envtool/plan/plan.h"
#include "envtool/podman/podman.h"

namespace app {

/// How long containers have to end by themselves.
inline constexpr auto kStopGrace = std::chrono::seconds(15);

/// The labels of what envtool makes for one environment.
podman::Labels labels_of(const model::Env& env, const plan::Key& key);

/// The build of an image, without its context. Throws base::Error for a bad argument file.
podman::BuildRequest make_build_request(const Environment& environment, const plan::BuildImage& step, const plan::Key& key);

/// The command that makes a root filesystem in the file `tar`; `-` is stdout.
std::vector<std::string> bootstrap_command(const plan::BootstrapImage& step, const plan::Facts& facts, const podman::Podman& podman,
                                           const std::string& tar);
/// Containerfile instructions for its import.
std::vector<std::string> bootstrap_changes(const plan::Key& key);

/// What a step hands to podman as a tar stream. Throws base::Error for a step that hands over none.
std::vector<archive::Layer> layers_of(const Environment& environment, const DeployDirectory& deploy, const plan::Facts& facts,
                                      const plan::Step& step);

}  // namespace app
