// The steps that give one volume back what it held at first. Pure: facts in, steps out.
#pragma once

#include <string>

#include "envtool/plan/plan.h"

namespace plan {

/// Removes the volume, after the pod that may hold it, and fills it as new. What the volume holds is lost. The pod is not
/// started again: that is an ordinary plan. Throws base::Error, with the nearest name, for a volume the environment hasn't.
Plan make_volume_reset(const model::Env& env, const Facts& facts, const std::string& volume);

/// The volume of that name in the definition. Throws as above.
const model::Volume& require_volume(const model::Env& env, const std::string& name);

}  // namespace plan
