#include "envtool/plan/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "envtool/base/error.h"
#include "envtool/manifest/kubernetes.h"
#include "envtool/plan/keys.h"

namespace plan {
namespace {

bool is_command(const model::ReadyCheck& check) { return std::holds_alternative<model::ExecCheck>(check.probe); }

/// Gathers steps; knows by name which step makes what.
class Planner {
 public:
  Planner(const model::Env& env, const Facts& facts, const std::vector<doc::Value>& objects)
      : env_(env), facts_(facts), objects_(objects) {}

  Plan make(Scope scope) {
    if (scope == Scope::cluster) {
      add_images();
      add_pushes();
      add_secrets();
      return std::move(plan_);
    }
    if (scope != Scope::render) add_resources();
    if (scope != Scope::build) add_manifest();
    if (scope == Scope::up) add_pod();
    return std::move(plan_);
  }

  /// The step with this payload; nothing for one that has no key.
  template <typename Keyless>
  std::optional<Step> make_one(const Keyless&) { return std::nullopt; }
  std::optional<Step> make_one(const BootstrapImage& payload) {
    const auto image = std::ranges::find(env_.images, payload.reference, &model::Image::reference);
    return bootstrap_step(*image);
  }
  std::optional<Step> make_one(const BuildImage& payload) {
    add_repositories();
    return plan_.steps[image_step(*env_.find_image(payload.image.name))];
  }
  std::optional<Step> make_one(const SeedVolume& payload) { return volume_step(payload.volume); }
  std::optional<Step> make_one(const SeedSecret& payload) { return seed_step(payload.secret, payload.modes, 0); }
  std::optional<Step> make_one(const RefillSecret& payload) { return seed_step(payload.secret, payload.modes, 0); }
  std::optional<Step> make_one(const WriteManifest&) { return manifest_step(); }
  std::optional<Step> make_one(const PlayPod&) {
    add_images();
    manifest_ = add(manifest_step());
    return pod_step();
  }

 private:
  std::size_t add(Step step) {
    plan_.steps.push_back(std::move(step));
    return plan_.steps.size() - 1;
  }

  void add_repositories() {
    for (const model::Repository& repository : env_.repositories) repositories_[repository.name] = add(repository_step(repository));
  }

  void add_images() {
    add_repositories();
    for (const model::Image& image : env_.images) {
      if (!is_base(image)) image_step(image);
    }
  }

  /// Of the images that the objects name: others are only built upon.
  void add_pushes() {
    const std::set<std::string> named = manifest::images_of(objects_);
    for (const model::Image& image : env_.images) {
      const std::string destination = manifest::registry_reference(env_.cluster.registry, image.reference);
      if (destination != image.reference && named.contains(image.reference)) add(push_step(image, destination, images_.at(image.name)));
    }
  }

  Step push_step(const model::Image& image, const std::string& destination, std::size_t built) const {
    const Step& build = plan_.steps[built];
    Step step{"push " + image.name, PushImage{image.reference, destination}, {built}, Policy::converge, build.key, Action::nothing, destination + " has it"};
    const auto pushed = facts_.pushed.find(destination);
    if (pushed == facts_.pushed.end()) {
      step.action = Action::create;
      step.reason = fmt::format("nothing is known of {}", destination);
    } else if (build.acts() || build.key != pushed->second.key) {
      step.action = Action::update;
      step.reason = fmt::format("{} has an image of before", destination);
    }
    return step;
  }

  void add_resources() {
    add_images();
    for (const model::Volume& volume : env_.volumes) volumes_.push_back(add(volume_step(volume)));
  }

  void add_secrets() {
    deploy_config_ = add(deploy_config_step());
    for (const model::Secret& secret : env_.secrets) secrets_.push_back(add(secret_step(secret)));
  }

  void add_manifest() {
    add_secrets();
    const auto seeded = manifest::seeded_secrets(objects_, facts_.target);
    for (std::size_t i = 0; i < env_.secrets.size(); ++i) {
      const auto found = seeded.find(env_.secrets[i].object);
      if (found != seeded.end()) seeds_.push_back(add(seed_step(env_.secrets[i], found->second, secrets_[i])));
    }
    manifest_ = add(manifest_step());
  }

  /// Commands in containers are asked last: each of them is a process of podman's, and a pod that starts needs the processors itself.
  void add_pod() {
    const std::size_t pod = add(pod_step());
    const bool seen_ready = plan_.steps[pod].action == Action::nothing && facts_.ready_key == facts_.pod_key;
    std::vector<std::size_t> needs{pod};
    const auto add_check = [&](const model::ReadyCheck& check) {
      const Action action = seen_ready ? Action::nothing : Action::wait;
      return add({"ready " + check.name, WaitReady{check}, needs, Policy::converge, {}, action, check.description});
    };
    std::vector<std::size_t> asked;
    for (const model::ReadyCheck& check : env_.ready) {
      if (!is_command(check)) asked.push_back(add_check(check));
    }
    needs.insert(needs.end(), asked.begin(), asked.end());
    for (const model::ReadyCheck& check : env_.ready) {
      if (is_command(check)) add_check(check);
    }
  }

  Step repository_step(const model::Repository& repository) const {
    const Choice choice = facts_.choice_of(repository.url);
    Step step{"repository " + repository.name, GetRepository{repository, choice}, {}, Policy::create_once, {}, Action::nothing,
              "the clone is there"};
    if (facts_.repositories.contains(repository.name)) return step;
    step.action = Action::create;
    step.reason = choice == Choice::real ? "there is no clone" : fmt::format("{} can't be reached: its stand-in is used", repository.url);
    return step;
  }

  bool is_base(const model::Image& image) const {
    return std::any_of(env_.images.begin(), env_.images.end(), [&](const model::Image& other) {
      const auto* build = std::get_if<model::Build>(&other.source);
      return build != nullptr && build->base && build->base->own == image.name;
    });
  }

  /// The step of an image, with those of the images that it is built on.
  std::size_t image_step(const model::Image& image) {
    const auto known = images_.find(image.name);
    if (known != images_.end()) return known->second;
    if (!open_.insert(image.name).second) {
      throw base::Error(fmt::format("image `{}` is built on itself", image.name), image.span);
    }
    const std::size_t index = add(std::holds_alternative<model::Bootstrap>(image.source) ? bootstrap_step(image) : build_step(image));
    open_.erase(image.name);
    images_[image.name] = index;
    return index;
  }

  Step bootstrap_step(const model::Image& image) const {
    const BootstrapImage payload{image.reference, std::get<model::Bootstrap>(image.source)};
    Step step{"image " + image.name, payload, {}, Policy::converge, {}, {}, {}};
    identify(step, bootstrap_identity(payload, facts_));
    judge(step, facts_.image(image.reference), "what it is made from");
    return step;
  }

  Step build_step(const model::Image& image) {
    BuildImage payload{image, "", {}};
    const model::Build& build = std::get<model::Build>(image.source);
    Step step{"image " + image.name, payload, {}, Policy::converge, {}, {}, {}};
    std::optional<Key> base_key;
    if (build.base) {
      payload.base = build.base->image;
      const model::Image* own = env_.find_image(build.base->own);
      if (own != nullptr && (build.base->image.empty() || facts_.choice_of(build.base->image) == Choice::standin)) {
        payload.base = own->reference;
        step.needs.push_back(image_step(*own));
        base_key = plan_.steps[step.needs.back()].key;
      }
    }
    for (const auto& [repository, copy] : build.repositories) step.needs.push_back(repositories_.at(repository));
    for (const model::PinnedPackage& package : build.packages) payload.packages[package.argument] = facts_.choice_of(package.url);
    const bool base_pending = payload.base != (build.base ? build.base->image : "") && !base_key;
    if (!base_pending) identify(step, image_identity(payload, facts_, base_key));
    step.payload = std::move(payload);
    judge(step, facts_.image(image.reference), "its context, arguments or base");
    return step;
  }

  Step volume_step(const model::Volume& volume) const {
    Step step{"volume " + volume.name, SeedVolume{volume}, {}, Policy::create_once, {}, {}, {}};
    identify(step, volume_identity(volume, facts_));
    judge(step, facts_.volume(volume.object), "what it is filled with");
    return step;
  }

  Step deploy_config_step() const {
    Step step{"deploy-config", MakeDeployConfig{env_.deploy.object}, {}, Policy::create_once, {}, Action::nothing, "the file is there"};
    if (facts_.deploy_files.contains("deploy-config")) return step;
    step.action = Action::create;
    step.reason = "there is no deploy ConfigMap";
    return step;
  }

  Step secret_step(const model::Secret& secret) const {
    Step step{"secret " + secret.name, PrepareSecret{secret}, {}, Policy::create_once, {}, Action::nothing, "its files are there"};
    if (facts_.deploy_files.contains(secret.name)) return step;
    step.action = Action::create;
    step.reason = "its files have to be prepared";
    return step;
  }

  Step seed_step(const model::Secret& secret, const manifest::SeededSecret& modes, std::size_t files) const {
    SeedSecret payload{secret, modes};
    Step step{"secret-volume " + secret.name, payload, {files}, Policy::converge, {}, {}, {}};
    identify(step, secret_identity(payload, facts_));
    judge(step, facts_.volume(secret.object), "the secret's files");
    return step;
  }

  Step manifest_step() const {
    Step step{"manifest", WriteManifest{objects_}, secrets_, Policy::converge, {}, {}, {}};
    step.needs.insert(step.needs.end(), seeds_.begin(), seeds_.end());
    step.needs.insert(step.needs.end(), volumes_.begin(), volumes_.end());
    // The pod's key, which the manifest carries, counts these in.
    step.needs.push_back(deploy_config_);
    for (const auto& [name, index] : images_) step.needs.push_back(index);
    identify(step, manifest_identity(objects_, env_, facts_));
    judge(step, {facts_.manifest_key.has_value(), facts_.manifest_key}, "the environment, its secrets or podman's version");
    return step;
  }

  Step pod_step() const {
    Step step{"pod", PlayPod{env_.pod, env_.network}, {manifest_, deploy_config_}, Policy::converge, {}, {}, {}};
    std::vector<std::optional<Key>> image_keys;
    for (const auto& [name, index] : images_) {
      step.needs.push_back(index);
      image_keys.push_back(plan_.steps[index].key);
    }
    step.needs.insert(step.needs.end(), seeds_.begin(), seeds_.end());
    const PlayPod& pod = std::get<PlayPod>(step.payload);
    identify(step, pod_identity(pod, plan_.steps[manifest_].key, image_keys, facts_));
    judge(step, {facts_.pod != PodState::absent, facts_.pod_key}, "the manifest, an image or the deploy ConfigMap");
    if (step.action == Action::nothing && facts_.pod != PodState::running) {
      step.action = Action::update;
      step.reason = "it is not running";
    }
    return step;
  }

  /// Gives a step its key, if all that it depends on is known.
  static void identify(Step& step, std::optional<Identity> identity) {
    if (!identity) return;
    step.key = std::move(identity->key);
    step.inputs = std::move(identity->inputs);
  }

  /// Decides what is to be done from what is there.
  static void judge(Step& step, const Found& found, std::string_view inputs) {
    step.found = found.key;
    if (!found.present) {
      step.action = Action::create;
      step.reason = "it isn't there";
    } else if (!found.complete) {
      step.action = Action::create;
      step.reason = "an earlier run did not finish filling it";
    } else if (!step.key) {
      step.action = step.policy == Policy::create_once ? Action::nothing : Action::update;
      step.reason = step.policy == Policy::create_once ? "it is there" : "what it depends on is made in this run";
    } else if (found.key == step.key) {
      step.action = Action::nothing;
      step.reason = "it is up to date";
    } else {
      step.action = step.policy == Policy::create_once ? Action::stale : Action::update;
      step.reason = found.key ? fmt::format("{} changed", inputs) : "it was not made by envtool";
    }
  }

  const model::Env& env_;
  const Facts& facts_;
  const std::vector<doc::Value>& objects_;
  Plan plan_;
  std::map<std::string, std::size_t> repositories_;
  std::map<std::string, std::size_t> images_;
  std::set<std::string> open_;
  std::vector<std::size_t> volumes_;
  std::vector<std::size_t> secrets_;
  std::vector<std::size_t> seeds_;
  std::size_t deploy_config_ = 0;
  std::size_t manifest_ = 0;
};

}  // namespace

std::string_view to_string(Action action) {
  switch (action) {
    case Action::nothing: return "nothing";
    case Action::create: return "create";
    case Action::update: return "update";
    case Action::remove: return "remove";
    case Action::wait: return "wait";
    case Action::stale: return "stale";
  }
  return "";
}

bool Plan::changes() const {
  return std::any_of(steps.begin(), steps.end(), [](const Step& step) {
    return step.action == Action::create || step.action == Action::update || step.action == Action::remove;
  });
}

const Step* Plan::find(std::string_view id) const {
  const auto found = std::find_if(steps.begin(), steps.end(), [&](const Step& step) { return step.id == id; });
  return found == steps.end() ? nullptr : &*found;
}

Choice Facts::choice_of(const std::string& external) const {
  const auto found = choices.find(external);
  return found == choices.end() ? Choice::real : found->second;
}

Found Facts::image(const std::string& reference) const {
  const auto found = images.find(reference);
  return found == images.end() ? Found{} : found->second;
}

Found Facts::volume(const std::string& object) const {
  const auto found = volumes.find(object);
  return found == volumes.end() ? Found{} : found->second;
}

std::string filling_mark(const std::string& volume) { return volume + ".filling"; }

Plan make(const model::Env& env, const Facts& facts, const std::vector<doc::Value>& objects, Scope scope) {
  return Planner(env, facts, objects).make(scope);
}

std::optional<Step> make_step(const model::Env& env, const Facts& facts, const std::vector<doc::Value>& objects, const Payload& payload) {
  return std::visit([&](const auto& one) { return Planner(env, facts, objects).make_one(one); }, payload);
}

Plan make_teardown(const model::Env& env, const Facts& facts, Remove what) {
  Plan plan;
  std::vector<std::size_t> pod;
  const auto add = [&](std::string id, Payload payload, std::string reason) {
    plan.steps.push_back({std::move(id), std::move(payload), pod, Policy::converge, {}, Action::remove, std::move(reason)});
  };
  // The mark goes last: without it a volume that was half filled would count as full.
  const auto add_volume = [&](const std::string& id, const std::string& object, std::string reason) {
    const bool present = facts.volume(object).present;
    if (present) add(id, RemoveVolume{object}, std::move(reason));
    if (!facts.volume(filling_mark(object)).present) return;
    add(id + " mark", RemoveVolume{filling_mark(object)}, "an earlier run did not finish filling the volume");
    if (present) plan.steps.back().needs.push_back(plan.steps.size() - 2);
  };
  if (facts.pod != PodState::absent) {
    add("pod", RemovePod{env.pod}, facts.pod == PodState::running ? "it is running" : "it is there");
    pod.push_back(0);
  }
  for (const model::Secret& secret : env.secrets) {
    add_volume("secret-volume " + secret.name, secret.object, "it holds a secret");
    if (facts.podman_secrets.contains(secret.object)) add("podman-secret " + secret.name, RemoveSecret{secret.object}, "it is there");
  }
  if (what == Remove::pod) return plan;
  for (const model::Volume& volume : env.volumes) {
    add_volume("volume " + volume.name, volume.object, "volumes are to go");
  }
  if (what == Remove::volumes) return plan;
  for (const model::Image& image : env.images) {
    if (facts.image(image.reference).present) add("image " + image.name, RemoveImage{image.reference}, "everything is to go");
  }
  for (const std::string& name : facts.unfinished_images) add("image " + name, RemoveImage{name}, "its build was cut off");
  return plan;
}

}  // namespace plan
