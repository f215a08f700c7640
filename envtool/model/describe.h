// An environment as a value to print: every field as decoded, defaults and derived names filled in.
#pragma once

#include "envtool/doc/value.h"
#include "envtool/model/env.h"

namespace model {

/// Named as in a definition, with the names in podman beside them. Holds no secret: an environment knows none.
doc::Value describe(const Env& env);

}  // namespace model
