#include "envtool/plan/rotation.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"

namespace plan {
namespace {

bool can_be_made(const model::Secret& secret) {
  const auto* pair = std::get_if<model::KeyPairSecret>(&secret.source);
  return (pair != nullptr && pair->generate) || std::holds_alternative<model::RandomSecret>(secret.source);
}

const model::Secret& require_secret(const model::Env& env, const std::string& name) {
  std::vector<std::string> known;
  for (const model::Secret& secret : env.secrets) {
    if (secret.name == name) return secret;
    known.push_back(secret.name);
  }
  throw base::Error(fmt::format("environment `{}` has no secret `{}`", env.id(), name)).guess(name, known, "secrets here: " + base::join(known, ", "));
}

/// The pod's own names of the volumes that hold one of the Secrets.
std::set<std::string> volumes_of(const doc::Value& pod, const std::vector<std::string>& secret_objects) {
  std::set<std::string> volumes;
  for (const doc::Value& volume : doc::list_at(pod, "spec.volumes")) {
    const std::string secret = doc::text_at(volume, "secret.secretName");
    if (std::find(secret_objects.begin(), secret_objects.end(), secret) != secret_objects.end()) volumes.insert(doc::text_at(volume, "name"));
  }
  return volumes;
}

bool mounts_any(const doc::Value& container, const std::set<std::string>& volumes) {
  const doc::List& mounts = doc::list_at(container, "volumeMounts");
  return std::any_of(mounts.begin(), mounts.end(), [&](const doc::Value& mount) { return volumes.contains(doc::text_at(mount, "name")); });
}

/// podman stops a pod together with its only container.
bool has_single_container(const std::vector<doc::Value>& objects) {
  return std::any_of(objects.begin(), objects.end(), [](const doc::Value& object) {
    return doc::text_at(object, "kind") == "Pod" && doc::list_at(object, "spec.containers").size() == 1;
  });
}

std::vector<std::string> names_of(const std::vector<model::Secret>& secrets) {
  std::vector<std::string> names;
  for (const model::Secret& secret : secrets) names.push_back(secret.name);
  return names;
}

std::vector<std::string> objects_of(const std::vector<model::Secret>& secrets) {
  std::vector<std::string> objects;
  for (const model::Secret& secret : secrets) objects.push_back(secret.object);
  return objects;
}

/// The indices of the steps from `begin` on.
std::vector<std::size_t> since(const Plan& plan, std::size_t begin) {
  std::vector<std::size_t> indices(plan.steps.size() - begin);
  std::iota(indices.begin(), indices.end(), begin);
  return indices;
}

/// What follows the new files in a pod that goes on running. Step 0 makes the files.
void add_replacement(Plan& plan, const model::Env& env, const Facts& facts, const std::vector<doc::Value>& objects,
                     const std::vector<model::Secret>& secrets) {
  const auto seeded = manifest::seeded_secrets(objects, facts.target);
  for (const model::Secret& secret : secrets) {
    plan.steps.push_back({"secret-volume " + secret.name, RefillSecret{secret, seeded.at(secret.object)}, {0}, Policy::converge, {},
                          Action::update, "it holds the old files"});
  }
  plan.steps.push_back({"manifest", WriteManifest{objects}, {0}, Policy::converge, {}, Action::update, "it holds the old files"});
  const std::size_t first_container = plan.steps.size();
  // One after the other: podman stops the whole pod when no container of it runs.
  for (const std::string& container : containers_with(objects, objects_of(secrets))) {
    plan.steps.push_back({"container " + container, RestartContainer{env.container(container)}, since(plan, 1), Policy::converge, {},
                          Action::update, "it uses the old files"});
  }
  const std::vector<std::size_t> restarted = since(plan, first_container);
  for (const model::ReadyCheck& check : env.ready) {
    plan.steps.push_back({"ready " + check.name, WaitReady{check}, restarted, Policy::converge, {}, Action::wait, check.description});
  }
}

}  // namespace

std::vector<model::Secret> rotatable_secrets(const model::Env& env, const std::vector<std::string>& names) {
  std::vector<model::Secret> secrets;
  for (const std::string& name : names) {
    const model::Secret& secret = require_secret(env, name);
    if (!can_be_made(secret)) {
      throw base::Error(fmt::format("secret `{}` is made from files that envtool can't generate", name), secret.span)
          .hint(fmt::format("put the new files in the deploy directory and run `envtool up {}`", env.words()));
    }
    secrets.push_back(secret);
  }
  if (!names.empty()) return secrets;
  std::copy_if(env.secrets.begin(), env.secrets.end(), std::back_inserter(secrets), can_be_made);
  if (secrets.empty()) throw base::Error(fmt::format("environment `{}` has no keys that envtool made", env.id()));
  return secrets;
}

std::vector<std::string> containers_with(const std::vector<doc::Value>& objects, const std::vector<std::string>& secret_objects) {
  std::vector<std::string> containers;
  for (const doc::Value& object : objects) {
    if (doc::text_at(object, "kind") != "Pod") continue;
    const std::set<std::string> volumes = volumes_of(object, secret_objects);
    for (const doc::Value& container : doc::list_at(object, "spec.containers")) {
      if (mounts_any(container, volumes)) containers.push_back(doc::text_at(container, "name"));
    }
  }
  return containers;
}

bool rotates_in_place(const Facts& facts, const std::vector<doc::Value>& objects, const std::vector<model::Secret>& secrets) {
  if (has_single_container(objects)) return false;
  const auto seeded = manifest::seeded_secrets(objects, facts.target);
  return facts.pod == PodState::running && std::all_of(secrets.begin(), secrets.end(), [&](const model::Secret& secret) {
           return seeded.contains(secret.object) && facts.volume(secret.object).present;
         });
}

Plan make_rotation(const model::Env& env, const Facts& facts, const std::vector<doc::Value>& objects,
                   const std::vector<model::Secret>& secrets) {
  Plan plan;
  plan.steps.push_back({"keys", RotateSecrets{secrets}, {}, Policy::converge, {}, Action::update,
                        "new files for " + base::quoted_list(names_of(secrets))});
  if (!rotates_in_place(facts, objects, secrets)) return plan;
  add_replacement(plan, env, facts, objects, secrets);
  // What else differs from the definition must go on being seen.
  const Plan before = make(env, facts, objects, Scope::up);
  if (!before.changes()) {
    plan.steps.push_back({"running keys", RememberKeys{}, since(plan, 1), Policy::converge, {}, Action::update, "the pod has the new files"});
  }
  return plan;
}

}  // namespace plan
