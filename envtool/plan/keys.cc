#include "envtool/plan/keys.h"

#include "envtool/base/digest.h"
#include "envtool/doc/json.h"

namespace plan {
namespace {

constexpr std::size_t kKeyLength = 40;

std::optional<std::string> look_up(const std::map<std::string, std::string>& map, const std::string& name) {
  const auto found = map.find(name);
  return found == map.end() ? std::nullopt : std::optional(found->second);
}

doc::Value to_value(const std::map<std::string, std::string>& map) {
  doc::Map out;
  for (const auto& [key, value] : map) out.append(key, value);
  return out;
}

doc::Value to_value(const model::Owner& owner) {
  return doc::make_map({{"user", owner.user}, {"uid", std::int64_t{owner.uid}}, {"group", owner.group}, {"gid", std::int64_t{owner.gid}}});
}

/// What stands in for packages that the build would take from outside: requirements by argument.
doc::Value standin_packages(const BuildImage& step) {
  doc::Map out;
  for (const model::PinnedPackage& package : step.build().packages) {
    const auto choice = step.packages.find(package.argument);
    if (choice != step.packages.end() && choice->second == Choice::standin) out.append(package.argument, package.requirement);
  }
  return out;
}

/// The key of inputs that are complete.
std::optional<Key> key_of(const std::string& kind, const std::optional<doc::Value>& inputs) {
  return inputs ? std::optional(make_key(kind, *inputs)) : std::nullopt;
}

}  // namespace

Key make_key(const std::string& kind, const doc::Value& data) {
  return base::sha256(kind + '\n' + doc::canonical_json(data)).substr(0, kKeyLength);
}

doc::Value bootstrap_inputs(const BootstrapImage& step, const Facts& facts) {
  const std::string suite = step.bootstrap.suite == "host" ? facts.host_release : step.bootstrap.suite;
  return doc::make_map({{"suite", suite}, {"packages", doc::make_list(step.bootstrap.packages)}});
}

Key bootstrap_key(const BootstrapImage& step, const Facts& facts) { return make_key("bootstrap", bootstrap_inputs(step, facts)); }

std::optional<doc::Value> image_inputs(const BuildImage& step, const Facts& facts, const std::optional<Key>& base) {
  const std::optional<std::string> context = look_up(facts.contexts, step.image.name);
  if (!context) return std::nullopt;
  const model::Build& build = step.build();
  return doc::make_map({{"context", *context},
                        {"containerfile", build.containerfile},
                        {"target", build.target},
                        {"arguments", to_value(build.arguments)},
                        {"packages", standin_packages(step)},
                        {"base_argument", build.base ? build.base->argument : ""},
                        {"base", base.value_or(step.base)}});
}

std::optional<Key> image_key(const BuildImage& step, const Facts& facts, const std::optional<Key>& base) {
  return key_of("image", image_inputs(step, facts, base));
}

std::optional<doc::Value> volume_inputs(const model::Volume& volume, const Facts& facts) {
  const std::optional<std::string> seed = look_up(facts.seeds, volume.name);
  if (!seed) return std::nullopt;
  return doc::make_map({{"seed", *seed}});
}

std::optional<Key> volume_key(const model::Volume& volume, const Facts& facts) {
  return key_of("volume", volume_inputs(volume, facts));
}

std::optional<doc::Value> secret_inputs(const SeedSecret& step, const Facts& facts) {
  const std::optional<std::string> files = look_up(facts.deploy_files, step.secret.name);
  if (!files) return std::nullopt;
  doc::Map owners;
  for (const auto& [key, owner] : step.secret.owners) owners.append(key, to_value(owner));
  doc::Map modes;
  for (const auto& [key, mode] : step.modes.modes) modes.append(key, std::int64_t{mode});
  return doc::make_map({{"files", *files},
                                           {"owners", std::move(owners)},
                                           {"mode", std::int64_t{step.modes.mode}},
                                           {"modes", std::move(modes)}});
}

std::optional<Key> secret_key(const SeedSecret& step, const Facts& facts) { return key_of("secret", secret_inputs(step, facts)); }

std::optional<doc::Value> manifest_inputs(const WriteManifest& step, const model::Env& env, const Facts& facts) {
  doc::Map secrets;
  for (const model::Secret& secret : env.secrets) {
    const std::optional<std::string> files = look_up(facts.deploy_files, secret.name);
    if (!files) return std::nullopt;
    secrets.append(secret.name, *files);
  }
  return doc::make_map({{"objects", step.objects},
                                             {"target", to_string(facts.target)},
                                             {"secrets", std::move(secrets)}});
}

std::optional<Key> manifest_key(const WriteManifest& step, const model::Env& env, const Facts& facts) {
  return key_of("manifest", manifest_inputs(step, env, facts));
}

std::optional<doc::Value> pod_inputs(const PlayPod& step, const std::optional<Key>& manifest, const std::vector<std::optional<Key>>& images,
                                     const Facts& facts) {
  const std::optional<std::string> config = look_up(facts.deploy_files, "deploy-config");
  if (!manifest || !config) return std::nullopt;
  doc::Value keys{doc::List()};
  for (const std::optional<Key>& image : images) {
    if (!image) return std::nullopt;
    keys.push_back(*image);
  }
  doc::Value inputs = doc::make_map({{"manifest", *manifest}, {"deploy_config", *config}, {"images", keys}});
  if (!step.network.empty()) inputs.as_map().set("network", step.network);
  return inputs;
}

std::optional<Key> pod_key(const PlayPod& step, const std::optional<Key>& manifest, const std::vector<std::optional<Key>>& images,
                           const Facts& facts) {
  return key_of("pod", pod_inputs(step, manifest, images, facts));
}

}  // namespace plan
