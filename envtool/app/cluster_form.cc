#include "envtool/app/cluster_form.h"

#include <fmt/format.h>

#include "envtool/app/contents.h"
#include "envtool/plan/keys.h"

namespace app {
namespace {

manifest::ClusterSecret cluster_secret(const model::Secret& secret, const DeployDirectory& deploy, const manifest::SeededSecret* modes, Contents contents) {
  manifest::ClusterSecret result{deploy.fingerprint(secret).value_or(""), {}, {}};
  if (contents == Contents::fingerprints) return result;
  result.contents = deploy.read_secret(secret);
  if (modes != nullptr) result.packed = packed_tar(secret_layers(secret, *modes, result.contents));
  return result;
}

/// Before the first `up`, what that will write as far as it is known: neither what is random nor what only people know.
model::DeployValues values_of(const model::Env& env, const DeployDirectory& deploy) {
  if (fs::exists(deploy.config_file())) return deploy.peek_config();
  model::DeployValues values;
  for (const model::DeployKey& key : env.deploy.keys) {
    if (key.default_value) values[key.name] = *key.default_value;
  }
  return values;
}

/// A port of the registry has a colon, too.
std::string without_tag(const std::string& reference) {
  const std::size_t colon = reference.rfind(':');
  const bool is_tag = colon != std::string::npos && reference.find('/', colon) == std::string::npos;
  return is_tag ? reference.substr(0, colon) : reference;
}

}  // namespace

std::map<std::string, std::string> registry_images(const model::Env& env) {
  std::map<std::string, std::string> images;
  if (env.cluster.registry.empty()) return images;
  for (const model::Image& image : env.images) images[image.reference] = manifest::registry_reference(env.cluster.registry, image.reference);
  return images;
}

std::map<std::string, std::string> pinned_images(const model::Env& env, const plan::Facts& facts) {
  std::map<std::string, std::string> images = registry_images(env);
  for (auto& [reference, destination] : images) {
    const auto pushed = facts.pushed.find(destination);
    if (pushed != facts.pushed.end()) destination = fmt::format("{}@{}", without_tag(destination), pushed->second.digest);
  }
  return images;
}

manifest::ClusterInputs cluster_inputs(const Environment& environment, const DeployDirectory& deploy, const plan::Facts& facts,
                                       std::map<std::string, std::string> images, Contents contents) {
  const model::Env& env = environment.env;
  manifest::ClusterInputs inputs{facts.target.version, std::move(images), {}, {}, values_of(env, deploy), deploy.config_fingerprint().value_or("")};
  const auto packed = manifest::packed_secrets(env, environment.objects);
  for (const model::Secret& secret : env.secrets) {
    const auto modes = packed.find(secret.object);
    inputs.secrets[secret.object] = cluster_secret(secret, deploy, modes != packed.end() ? &modes->second : nullptr, contents);
  }
  for (const model::Volume& volume : env.volumes) {
    manifest::ClusterSeed& seed = inputs.volumes[volume.object];
    if (auto identity = plan::volume_identity(volume, facts)) seed.key = std::move(identity->key);
    if (contents == Contents::whole) seed.tar = packed_tar(volume_layers(environment.project, env, volume));
  }
  return inputs;
}

}  // namespace app
