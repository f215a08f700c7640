// From a layered definition to an Env. Pure: no files are looked at.
#pragma once

#include <map>
#include <string>

#include "envtool/base/error.h"
#include "envtool/doc/value.h"
#include "envtool/model/env.h"

namespace model {

/// Values that take the place of a volume's owner: JUPYTERUSER, SLURMUSER_UID, ... Empty values count as unset.
using Variables = std::map<std::string, std::string>;

/// The environment that a definition describes. Every problem is reported; the result is only good without errors.
/// Stand-ins are neither taken nor laid over anything here. The names of its objects are those of the instance.
Env decode(const doc::Value& definition, const std::string& name, const Variables& variables, base::Diagnostics& problems,
           const std::string& instance = "");

/// The stand-ins alone, before anything else of a definition is looked at: their layers may change all of it.
std::vector<Standin> decode_standins(const doc::Value& definition, base::Diagnostics& problems);

}  // namespace model
