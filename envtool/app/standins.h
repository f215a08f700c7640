// Decides, for each part that comes from outside, between the real one and its stand-in, and remembers.
#pragma once

#include <chrono>
#include <map>
#include <stop_token>
#include <string>

#include "envtool/app/instance_ports.h"
#include "envtool/app/project.h"
#include "envtool/http/client.h"
#include "envtool/model/deploy.h"
#include "envtool/model/env.h"
#include "envtool/plan/facts.h"

namespace app {

enum class StandinMode { auto_choice, never, always };

using Choices = std::map<std::string, plan::Choice>;

struct StandinRequest {
  StandinMode mode = StandinMode::auto_choice;
  std::chrono::milliseconds patience{3000};  ///< for each real part to answer
};

/// What decides which stand-ins an environment has, and its ports.
struct Surroundings {
  StandinMode mode = StandinMode::auto_choice;
  Choices choices;             ///< by reference of the real image
  model::DeployValues deploy;  ///< the deploy ConfigMap, unchecked; empty while there is none
  HostPorts ports;             ///< of the instance, in place of the definition's
};

/// Whether the layer of a stand-in belongs to the environment that `definition` describes. What the deploy ConfigMap says
/// counts, or its default; in production only with `--standins always`.
bool is_taken(const model::Standin& standin, const doc::Value& definition, const Surroundings& surroundings);

/// The choice for every part of the environment that has a stand-in, by its URL or reference. In `auto`, a choice made before
/// is kept, otherwise the real part is tried; all at once. Never fails for what the network does.
Choices choose_standins(const Project& project, const model::Env& env, const StandinRequest& request, http::Client& client,
                        std::stop_token stop);

/// Everything that was remembered, whichever environment it was for.
Choices all_remembered_choices(const Project& project);

/// Only what was remembered; parts without memory count as real. For commands that must not wait.
Choices remembered_choices(const Project& project, const model::Env& env);

/// The URL that answers when a registry that serves an image does: `https://quay.io/v2/`.
std::string registry_url(const std::string& image);

}  // namespace app
