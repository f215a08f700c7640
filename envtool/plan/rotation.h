// The steps that give an environment new keys. Pure: facts in, steps out.
#pragma once

#include <string>
#include <vector>

#include "envtool/plan/plan.h"

namespace plan {

/// The secrets of those names, or all that envtool can make when there are no names. Throws base::Error for names that the
/// environment hasn't, and for secrets whose files only their owner can make.
std::vector<model::Secret> rotatable_secrets(const model::Env& env, const std::vector<std::string>& names);

/// The containers of the pod that mount one of the Secrets, by the Secrets' names in podman.
std::vector<std::string> containers_with(const std::vector<doc::Value>& objects, const std::vector<std::string>& secret_objects);

/// Whether a running pod can get the new files without being made anew: they stand in volumes that envtool filled, and while one
/// container starts again another one keeps the pod running.
bool rotates_in_place(const Facts& facts, const std::vector<doc::Value>& objects, const std::vector<model::Secret>& secrets);

/// New files for the secrets, all at once. In a running pod whose secrets are volumes, these are filled anew and only the
/// containers that mount them start again. Everywhere else the new files take effect with the next `up`.
Plan make_rotation(const model::Env& env, const Facts& facts, const std::vector<doc::Value>& objects,
                   const std::vector<model::Secret>& secrets);

}  // namespace plan
