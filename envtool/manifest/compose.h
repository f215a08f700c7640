// Composes an environment's objects in today's Kubernetes form. Knows no target and no values of secrets.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "envtool/base/source.h"
#include "envtool/doc/value.h"
#include "envtool/model/env.h"

namespace manifest {

/// What templates of an environment see: env, pod, images, volumes, secrets, ports, deploy_object and the parameters.
doc::Map variables_of(const model::Env& env);

/// The objects that the manifest template gives, patches applied. Throws base::Error for templates, YAML and patches that
/// don't work out; places in the rendered text are shown under the template's name and `rendered`.
std::vector<doc::Value> compose(const model::Env& env, const base::Source& manifest_template, base::Sources& sources);

/// The contents of one Secret by key.
using SecretData = std::map<std::string, std::string>;

/// An immutable Secret: `stringData` where all contents are text, else `data` in base64.
doc::Value make_secret(const std::string& name, const SecretData& contents);

/// Sets a label or annotation on each object.
void set_label(std::vector<doc::Value>& objects, const std::string& key, const std::string& value);

}  // namespace manifest
