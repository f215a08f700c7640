// An environment and the facts of a machine where everything is as it should be.
#pragma once

#include <algorithm>
#include <stdexcept>

#include "envtool/plan/keys.h"
#include "envtool/plan/plan.h"
#include "tests/support/environments.h"

namespace plan {

/// `kind name: action (reason)` of each step that does something.
inline std::vector<std::string> deeds(const Plan& plan) {
  std::vector<std::string> out;
  for (const Step& step : plan.steps) {
    if (step.action != Action::nothing) out.push_back(step.id + ": " + std::string(to_string(step.action)) + " (" + step.reason + ")");
  }
  return out;
}

inline const Step& step_of(const Plan& plan, const std::string& id) {
  const auto found = std::find_if(plan.steps.begin(), plan.steps.end(), [&](const Step& step) { return step.id == id; });
  if (found == plan.steps.end()) throw std::out_of_range("no step " + id);
  return *found;
}

/// What is known before the first run: nothing but the sources.
inline Facts fresh_facts(const model::Env& env) {
  Facts facts;
  facts.target = manifest::parse_target("podman@4.3.1");
  facts.host_release = "bookworm";
  for (const model::Image& image : env.images) facts.contexts[image.name] = "context of " + image.name;
  for (const model::Volume& volume : env.volumes) facts.seeds[volume.name] = "seed of " + volume.name;
  return facts;
}

/// What is known after everything was done: the keys of the plan are found where it would have put them.
inline Facts settled_facts(const test::Environment& environment, Facts facts) {
  const model::Env& env = environment.env;
  for (const model::Repository& repository : env.repositories) facts.repositories.insert(repository.name);
  for (const model::Secret& secret : env.secrets) facts.deploy_files[secret.name] = "files of " + secret.name;
  facts.deploy_files["deploy-config"] = "the deploy ConfigMap";
  const Plan plan = make(env, facts, environment.objects, Scope::up);
  for (const Step& step : plan.steps) {
    if (const auto* build = std::get_if<BuildImage>(&step.payload)) facts.images[build->image.reference] = {true, step.key};
    if (const auto* base = std::get_if<BootstrapImage>(&step.payload)) facts.images[base->reference] = {true, step.key};
    if (const auto* volume = std::get_if<SeedVolume>(&step.payload)) facts.volumes[volume->volume.object] = {true, step.key};
    if (const auto* secret = std::get_if<SeedSecret>(&step.payload)) facts.volumes[secret->secret.object] = {true, step.key};
    if (std::holds_alternative<WriteManifest>(step.payload)) facts.manifest_key = step.key;
    if (std::holds_alternative<PlayPod>(step.payload)) facts.pod_key = facts.ready_key = step.key;
  }
  facts.pod = PodState::running;
  return facts;
}

}  // namespace plan
