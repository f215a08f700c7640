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

Identity identity_of(const std::string& kind, doc::Value inputs) {
  Key key = make_key(kind, inputs);
  return {std::move(key), std::move(inputs)};
}

}  // namespace

Key make_key(const std::string& kind, const doc::Value& data) {
  return base::sha256(kind + '\n' + doc::canonical_json(data)).substr(0, kKeyLength);
}

Identity bootstrap_identity(const BootstrapImage& step, const Facts& facts) {
  const std::string suite = step.bootstrap.suite == "host" ? facts.host_release : step.bootstrap.suite;
  return identity_of("bootstrap", doc::make_map({{"suite", suite}, {"packages", doc::make_list(step.bootstrap.packages)}}));
}

std::optional<Identity> image_identity(const BuildImage& step, const Facts& facts, const std::optional<Key>& base) {
  const std::optional<std::string> context = look_up(facts.contexts, step.image.name);
  if (!context) return std::nullopt;
  const model::Build& build = step.build();
  return identity_of("image", doc::make_map({{"context", *context},
                                             {"containerfile", build.containerfile},
                                             {"target", build.target},
                                             {"arguments", to_value(build.arguments)},
                                             {"packages", standin_packages(step)},
                                             {"base_argument", build.base ? build.base->argument : ""},
                                             {"base", base.value_or(step.base)}}));
}

std::optional<Identity> volume_identity(const model::Volume& volume, const Facts& facts) {
  const std::optional<std::string> seed = look_up(facts.seeds, volume.name);
  if (!seed) return std::nullopt;
  return identity_of("volume", doc::make_map({{"seed", *seed}}));
}

std::optional<Identity> secret_identity(const SeedSecret& step, const Facts& facts) {
  const std::optional<std::string> files = look_up(facts.deploy_files, step.secret.name);
  if (!files) return std::nullopt;
  doc::Map owners;
  for (const auto& [key, owner] : step.secret.owners) owners.append(key, to_value(owner));
  doc::Map modes;
  for (const auto& [key, mode] : step.modes.modes) modes.append(key, std::int64_t{mode});
  return identity_of("secret", doc::make_map({{"files", *files},
                                              {"owners", std::move(owners)},
                                              {"mode", std::int64_t{step.modes.mode}},
                                              {"modes", std::move(modes)}}));
}

std::optional<Identity> manifest_identity(const std::vector<doc::Value>& objects, const model::Env& env, const Facts& facts) {
  doc::Map secrets;
  for (const model::Secret& secret : env.secrets) {
    const std::optional<std::string> files = look_up(facts.deploy_files, secret.name);
    if (!files) return std::nullopt;
    secrets.append(secret.name, *files);
  }
  doc::Map inputs;
  inputs.append("objects", objects);
  inputs.append("target", to_string(facts.target));
  inputs.append("secrets", std::move(secrets));
  return identity_of("manifest", std::move(inputs));
}

std::optional<Identity> pod_identity(const PlayPod& step, const std::optional<Key>& manifest, const std::vector<std::optional<Key>>& images,
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
  return identity_of("pod", std::move(inputs));
}

}  // namespace plan
