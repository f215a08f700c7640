// What goes into build contexts and volumes, as layers for the archive library.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "envtool/app/environment.h"
#include "envtool/archive/layer.h"
#include "envtool/manifest/adapt.h"
#include "envtool/manifest/compose.h"
#include "envtool/plan/facts.h"

namespace app {

/// How layers are looked at: `content` is what the build gets; `identity` leaves out what changes without meaning anything,
/// like Git's index, so that digests hold still.
enum class View { content, identity };

/// The build context: the image's folder as its ignore file says, the clones and stand-ins at their places.
std::vector<archive::Layer> context_layers(const Project& project, const model::Env& env, const model::Build& build,
                                           const plan::Facts& facts, View view);

/// What a volume holds at first. Files that end in `.j2` are templates and lose the ending.
std::vector<archive::Layer> volume_layers(const Project& project, const model::Env& env, const model::Volume& volume);

/// A secret's files with their modes and owners.
std::vector<archive::Layer> secret_layers(const model::Secret& secret, const manifest::SeededSecret& modes,
                                          const manifest::SecretData& contents);

/// A tar archive of layers that are small.
std::string packed_tar(const std::vector<archive::Layer>& layers);

}  // namespace app
