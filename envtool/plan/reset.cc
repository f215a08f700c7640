#include "envtool/plan/reset.h"

#include <fmt/format.h>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"

namespace plan {

const model::Volume& require_volume(const model::Env& env, const std::string& name) {
  std::vector<std::string> known;
  for (const model::Volume& volume : env.volumes) {
    if (volume.name == name) return volume;
    known.push_back(volume.name);
  }
  throw base::Error(fmt::format("environment `{}` has no volume `{}`", env.id(), name)).guess(name, known, "volumes here: " + base::join(known, ", "));
}

Plan make_volume_reset(const model::Env& env, const Facts& facts, const std::string& volume) {
  const model::Volume& found = require_volume(env, volume);
  Plan plan;
  const auto add = [&](Step step) {
    if (!plan.steps.empty()) step.needs.push_back(plan.steps.size() - 1);
    plan.steps.push_back(std::move(step));
  };
  if (facts.pod != PodState::absent) {
    add({"pod", RemovePod{env.pod}, {}, Policy::converge, {}, Action::remove, "it holds the volume"});
  }
  if (facts.volume(found.object).present) {
    add({"old volume " + found.name, RemoveVolume{found.object}, {}, Policy::converge, {}, Action::remove, "a new one is to take its place"});
  }
  Step fill = make_step(env, facts, {}, SeedVolume{found}).value();
  fill.action = Action::create;
  fill.reason = "it is filled as at first";
  add(std::move(fill));
  return plan;
}

}  // namespace plan
