#include "tests/sim/model_podman.h"

#include <fmt/format.h>

#include <array>
#include <span>

#include "envtool/base/digest.h"
#include "envtool/base/strings.h"
#include "envtool/doc/json.h"
#include "envtool/doc/yaml.h"
#include "envtool/sys/file.h"

namespace sim {
namespace {

sys::Result prints(std::string out) { return {0, std::move(out), "", false, false}; }
sys::Result fails(std::string err) { return {125, "", "Error: " + std::move(err), false, false}; }
sys::Result dies() { return {137, "", "", false, false}; }

doc::Value to_value(const podman::Labels& labels) {
  doc::Map map;
  for (const auto& [key, value] : labels) map.append(key, value);
  return map;
}

podman::Labels to_labels(const doc::Value* value) {
  podman::Labels labels;
  if (value == nullptr || !value->is_map()) return labels;
  for (const doc::Entry& entry : value->as_map()) labels[entry.key] = entry.value.as_string();
  return labels;
}

std::pair<std::string, std::string> halves(const std::string& text) {
  const std::size_t equals = text.find('=');
  return {text.substr(0, equals), text.substr(equals + 1)};
}

/// The values of an option that may be given more than once.
std::vector<std::string> all_of(const std::vector<std::string>& arguments, const std::string& option) {
  std::vector<std::string> values;
  for (std::size_t i = 0; i + 1 < arguments.size(); ++i) {
    if (arguments[i] == option) values.push_back(arguments[i + 1]);
  }
  return values;
}

podman::Labels labels_of(const std::vector<std::string>& arguments) {
  podman::Labels labels;
  for (const std::string& label : all_of(arguments, "--label")) labels.insert(halves(label));
  return labels;
}

std::string read_all(const sys::Feed& feed) {
  std::string bytes;
  if (feed) feed([&bytes](std::string_view part) { bytes += part; });
  return bytes;
}

/// `podman volume create` is two words, `podman build` one; everything else that is started is a verb by its program's name.
std::string verb_of(const std::vector<std::string>& argv) {
  static const std::set<std::string> kGroups{"volume", "pod", "secret", "kube", "container"};
  if (argv[0] != "podman") return argv[0];
  return kGroups.contains(argv[1]) ? argv[1] + " " + argv[2] : argv[1];
}

const std::set<std::string> kReaders{"images", "inspect", "volume ls", "pod ps", "secret ls", "info", "--version", "exec", "container inspect", "logs", "ps", "history"};

std::string garbage(const Dice& dice) {
  constexpr std::array kAnswers{"",        "null", "[]", "{}",          "[{\"Name\":3,\"Names\":\"x\",\"Labels\":[]}]",
                                "[{\"Na", "\x01\xff\xfe", "Killed", "a b c d e", "podman version seven"};
  return kAnswers[dice.below("garbage", kAnswers.size())];
}

}  // namespace

std::string Store::image_id(const std::string& name) const { return base::sha256(name + doc::emit_json(to_value(images.at(name)))); }

std::string Store::names() const {
  std::string all;
  for (const auto& [name, ignored] : images) all += "image " + name + "\n";
  for (const auto& [name, ignored] : volumes) all += "volume " + name + "\n";
  for (const auto& [name, ignored] : pods) all += "pod " + name + "\n";
  for (const std::string& name : secrets) all += "secret " + name + "\n";
  return all;
}

void ModelPodman::begin_run(Dice dice, Fate fate, std::stop_source stop_source) {
  dice_ = dice;
  fate_ = std::move(fate);
  stop_ = std::move(stop_source);
  dead_ = false;
  asked_.clear();
  faults_.clear();
  changes_.clear();
  calls_.clear();
}

void ModelPodman::die() {
  dead_ = true;
  stop_.request_stop();
  throw Killed{};
}

void ModelPodman::check_alive() const {
  if (dead_) throw Killed{};
}

sys::Result ModelPodman::run(const sys::Command& command, const sys::Io& io, std::stop_token stop) {
  static constexpr std::array kNames{"none", "refused", "cut", "late", "garbage", "interrupted", "killed before", "killed within", "killed after"};
  const std::lock_guard lock(mutex_);
  check_alive();
  const std::string verb = verb_of(command.argv);
  const std::uint64_t n = asked_[verb]++;
  Fault fault = fate_(verb, n);
  if (fault == Fault::garbage && !kReaders.contains(verb)) fault = Fault::refused;
  const Dice dice = dice_.of(verb, n);
  const Arguments arguments(command.argv.begin() + 1, command.argv.end());
  calls_.push_back(base::join(command.argv, " ") + (fault == Fault::none ? "" : std::string("   <- ") + kNames[static_cast<std::size_t>(fault)]));
  if (fault != Fault::none) faults_.push_back(verb);
  if (fault == Fault::interrupted) stop_.request_stop();
  switch (fault) {
    case Fault::killed_before: die();
    case Fault::refused: return fails("something is wrong");
    case Fault::garbage: return prints(garbage(dice));
    case Fault::cut: perform(verb, arguments, io, Extent::part); return dies();
    case Fault::late: perform(verb, arguments, io, Extent::all); return dies();
    case Fault::killed_within: perform(verb, arguments, io, Extent::part); die();
    case Fault::killed_after: perform(verb, arguments, io, Extent::all); die();
    case Fault::none:
    case Fault::interrupted: break;
  }
  if (stop.stop_requested()) {
    perform(verb, arguments, io, Extent::part);
    return {143, "", "", false, true};
  }
  sys::Result result = perform(verb, arguments, io, Extent::all);
  if (io.on_out) io.on_out(result.out);
  return result;
}

http::Response ModelPodman::send(const http::Request&, std::stop_token) {
  const std::lock_guard lock(mutex_);
  check_alive();
  for (const auto& [name, pod] : store.pods) {
    if (!pod.containers.empty() && name.starts_with("sim") && is_ready(pod)) return {200, "", ""};
  }
  return {0, "", "connection refused"};
}

const std::map<std::string, ModelPodman::Verb>& ModelPodman::verbs() {
  static const std::map<std::string, Verb> kVerbs{
      {"images", &ModelPodman::images},
      {"inspect", &ModelPodman::inspect},
      {"volume ls", &ModelPodman::volume_ls},
      {"pod ps", &ModelPodman::pod_ps},
      {"secret ls", &ModelPodman::secret_ls},
      {"info", &ModelPodman::info},
      {"--version", &ModelPodman::tell_version},
      {"mmdebstrap", &ModelPodman::nothing},
      {"import", &ModelPodman::import_image},
      {"build", &ModelPodman::build},
      {"history", &ModelPodman::nothing},
      {"ps", &ModelPodman::ps},
      {"rmi", &ModelPodman::remove_image},
      {"volume create", &ModelPodman::volume_create},
      {"volume import", &ModelPodman::volume_import},
      {"volume rm", &ModelPodman::volume_rm},
      {"secret rm", &ModelPodman::secret_rm},
      {"kube play", &ModelPodman::play},
      {"pod stop", &ModelPodman::pod_stop},
      {"pod rm", &ModelPodman::pod_rm},
      {"exec", &ModelPodman::exec},
      {"container inspect", &ModelPodman::inspect_container},
      {"logs", &ModelPodman::logs},
  };
  return kVerbs;
}

sys::Result ModelPodman::perform(const std::string& verb, const Arguments& arguments, const sys::Io& io, Extent extent) {
  const auto found = verbs().find(verb);
  if (found == verbs().end()) throw base::Error("the model knows no `" + verb + "`");
  return (this->*found->second)(arguments, io, extent);
}

sys::Result ModelPodman::images(const Arguments&, const sys::Io&, Extent) {
  doc::List list;
  for (const auto& [name, labels] : store.images) {
    list.push_back(doc::make_map({{"Id", store.image_id(name)}, {"Names", doc::List{name}}, {"Labels", to_value(labels)}}));
  }
  return prints(doc::emit_json(list));
}

sys::Result ModelPodman::inspect(const Arguments& arguments, const sys::Io&, Extent) {
  doc::List list;
  std::string missing;
  for (const std::string& name : std::span(arguments).subspan(1)) {
    if (const auto image = store.images.find(name); image != store.images.end()) {
      list.push_back(doc::make_map({{"Id", store.image_id(name)}, {"RepoTags", doc::List{name}}, {"Labels", to_value(image->second)}}));
    } else if (const auto pod = store.pods.find(name); pod != store.pods.end()) {
      list.push_back(doc::make_map(
          {{"Name", name}, {"State", pod->second.state}, {"InfraContainerID", "infra"}, {"Labels", to_value(pod->second.labels)}}));
    } else {
      missing += "Error: inspecting object: no such object: \"" + name + "\"\n";
    }
  }
  sys::Result result = prints(doc::emit_json(list));
  result.exit_code = missing.empty() ? 0 : 125;
  result.err = std::move(missing);
  return result;
}

sys::Result ModelPodman::volume_ls(const Arguments&, const sys::Io&, Extent) {
  doc::List list;
  for (const auto& [name, volume] : store.volumes) list.push_back(doc::make_map({{"Name", name}, {"Labels", to_value(volume.labels)}}));
  return prints(doc::emit_json(list));
}

/// The containers of one pod; buildah's are none of them.
sys::Result ModelPodman::ps(const Arguments& arguments, const sys::Io&, Extent) {
  doc::List list;
  for (const std::string& filter : all_of(arguments, "--filter")) {
    const std::string name = halves(filter).second;
    const auto pod = store.pods.find(name);
    if (pod == store.pods.end()) continue;
    for (const auto& [container, image] : pod->second.containers) {
      list.push_back(doc::make_map({{"Names", doc::List{container}}, {"PodName", name}, {"ImageID", image}}));
    }
  }
  return prints(doc::emit_json(list));
}

sys::Result ModelPodman::pod_ps(const Arguments&, const sys::Io&, Extent) {
  doc::List list;
  for (const auto& [name, pod] : store.pods) {
    list.push_back(doc::make_map({{"Name", name}, {"Status", pod.state}, {"Labels", to_value(pod.labels)}}));
  }
  return prints(doc::emit_json(list));
}

sys::Result ModelPodman::secret_ls(const Arguments&, const sys::Io&, Extent) {
  return prints(base::join({store.secrets.begin(), store.secrets.end()}, "\n") + "\n");
}

sys::Result ModelPodman::info(const Arguments&, const sys::Io&, Extent) { return prints("/volumes\n"); }
sys::Result ModelPodman::tell_version(const Arguments&, const sys::Io&, Extent) { return prints("podman version " + version + "\n"); }
sys::Result ModelPodman::nothing(const Arguments&, const sys::Io&, Extent) { return prints(""); }

sys::Result ModelPodman::import_image(const Arguments& arguments, const sys::Io&, Extent extent) {
  if (extent == Extent::part) return {};
  podman::Labels labels;
  for (const std::string& change : all_of(arguments, "--change")) {
    if (change.starts_with("LABEL ")) labels.insert(halves(change.substr(6)));
  }
  store.images[arguments.back()] = labels;
  image_ids_.insert(store.image_id(arguments.back()));
  changed("import " + arguments.back());
  return {};
}

sys::Result ModelPodman::build(const Arguments& arguments, const sys::Io& io, Extent extent) {
  const std::string reference = all_of(arguments, "--tag").at(0);
  for (const std::string& argument : all_of(arguments, "--build-arg")) {
    const std::string base = halves(argument).second;
    if (base.starts_with("localhost/") && !store.images.contains(base)) return fails("no such image " + base);
  }
  read_all(io.input);
  if (extent == Extent::part) {
    const std::string of_this_build = base::to_hex(fmt::format("{:032}", store.images.size()));
    if (dice_.once_in("commits", 2)) store.images[fmt::format("docker.io/library/{}-tmp:latest", of_this_build)] = labels_of(arguments);
    return {};
  }
  store.images[reference] = labels_of(arguments);
  image_ids_.insert(store.image_id(reference));
  changed("build " + reference);
  return prints("STEP 1/1: FROM scratch\n");
}

sys::Result ModelPodman::remove_image(const Arguments& arguments, const sys::Io&, Extent extent) {
  const std::string& name = arguments.back();
  for (const auto& [pod_name, pod] : store.pods) {
    for (const auto& [container, image] : pod.containers) {
      if (store.images.contains(name) && image == store.image_id(name)) return fails("image is in use by a container of pod " + pod_name);
    }
  }
  if (extent == Extent::part) return {};
  if (store.images.erase(name) == 0) return fails("no such image");
  changed("rmi " + name);
  return {};
}

sys::Result ModelPodman::volume_create(const Arguments& arguments, const sys::Io&, Extent extent) {
  const std::string& name = arguments.back();
  if (store.volumes.contains(name)) return fails("volume with name " + name + " already exists: volume already exists");
  if (extent == Extent::part && dice_.once_in("create", 2)) return {};
  store.volumes[name] = {labels_of(arguments), ""};
  changed("volume create " + name);
  return {};
}

/// Merges into what is there.
sys::Result ModelPodman::volume_import(const Arguments& arguments, const sys::Io& io, Extent extent) {
  const std::string& name = arguments.at(2);
  const auto volume = store.volumes.find(name);
  if (volume == store.volumes.end()) return fails("no such volume " + name);
  std::string tar = read_all(io.input);
  if (extent == Extent::part) tar.resize(dice_.below(name, tar.size()));
  volume->second.content += tar;
  changed("volume import " + name);
  return {};
}

bool ModelPodman::is_used(const std::string& volume) const {
  for (const auto& [name, pod] : store.pods) {
    if (pod.volumes.contains(volume)) return true;
  }
  return false;
}

sys::Result ModelPodman::volume_rm(const Arguments& arguments, const sys::Io&, Extent extent) {
  const std::string& name = arguments.back();
  if (!store.volumes.contains(name)) return fails("no volume with name \"" + name + "\" found: no such volume");
  if (is_used(name)) return fails("volume " + name + " is being used by a container");
  if (extent == Extent::part) return {};
  store.volumes.erase(name);
  changed("volume rm " + name);
  return {};
}

sys::Result ModelPodman::secret_rm(const Arguments& arguments, const sys::Io&, Extent extent) {
  if (extent == Extent::part) return {};
  return store.secrets.erase(arguments.back()) == 0 ? fails("no secret with name: no such secret") : sys::Result{};
}

/// Secrets and volumes first, then the pod, then one container after the other, then their start.
sys::Result ModelPodman::play(const Arguments& arguments, const sys::Io&, Extent extent) {
  base::Sources sources;
  const std::vector<doc::Value> objects = doc::read_yaml_all(sources.add("manifest", sys::read_file(arguments.back())));
  const std::uint64_t last = extent == Extent::all ? 1000 : dice_.below("play", 6);
  for (const doc::Value& object : objects) {
    const std::string name = doc::at_path(object, "metadata.name")->as_string();
    if (object.find("kind")->as_string() == "Secret" && !store.secrets.insert(name).second) return fails("secret name in use");
  }
  if (last == 0) return {};
  for (const doc::Value& object : objects) {
    if (object.find("kind")->as_string() != "Pod") continue;
    const std::string name = doc::at_path(object, "metadata.name")->as_string();
    if (store.pods.contains(name)) return fails("pod already exists");
    Pod pod;
    pod.state = "Created";
    pod.labels = to_labels(doc::at_path(object, "metadata.labels"));
    for (const doc::Value& volume : doc::at_path(object, "spec.volumes")->as_list()) {
      for (const char* path : {"persistentVolumeClaim.claimName", "secret.secretName"}) {
        const doc::Value* claim = doc::at_path(volume, path);
        if (claim == nullptr) continue;
        store.volumes[claim->as_string()];  // made, empty, if it isn't there
        pod.volumes.insert(claim->as_string());
      }
    }
    store.pods[name] = pod;
    if (last == 1) return {};
    std::uint64_t made = 1;
    for (const doc::Value& container : doc::at_path(object, "spec.containers")->as_list()) {
      const std::string image = container.find("image")->as_string();
      if (!store.images.contains(image) && !image_ids_.contains(image)) return fails("image not known");
      store.pods[name].containers[name + "-" + container.find("name")->as_string()] = store.images.contains(image) ? store.image_id(image) : image;
      if (++made >= last) return {};
    }
    store.pods[name].state = last == 4 ? "Degraded" : "Running";
    store.pods[name].ready_at = time_.load() + (proven_.contains(pod.labels) ? std::chrono::milliseconds(0) : time_to_ready);
    changed("play " + name);
  }
  return {};
}

sys::Result ModelPodman::pod_stop(const Arguments& arguments, const sys::Io&, Extent extent) {
  const auto pod = store.pods.find(arguments.back());
  if (pod == store.pods.end()) return fails("no pod with name or ID found: no such pod");
  if (pod->second.state != "Created") pod->second.state = extent == Extent::part ? "Degraded" : "Exited";
  return {};
}

sys::Result ModelPodman::pod_rm(const Arguments& arguments, const sys::Io&, Extent extent) {
  const auto pod = store.pods.find(arguments.back());
  if (pod == store.pods.end()) return fails("no pod with name or ID found: no such pod");
  if (extent == Extent::part) {
    pod->second.containers.clear();
    pod->second.state = "Exited";
    return {};
  }
  store.pods.erase(pod);
  changed("pod rm " + arguments.back());
  return {};
}

bool ModelPodman::is_ready(const Pod& pod) {
  if (pod.state != "Running" || pod.ready_at > time_.load()) return false;
  proven_.insert(pod.labels);
  return true;
}

Pod* ModelPodman::pod_of_container(const std::string& container) {
  for (auto& [name, pod] : store.pods) {
    if (pod.containers.contains(container)) return &pod;
  }
  return nullptr;
}

sys::Result ModelPodman::exec(const Arguments& arguments, const sys::Io&, Extent) {
  const Pod* pod = pod_of_container(arguments.at(1));
  if (pod == nullptr || pod->state != "Running") return fails("container is not running");
  return is_ready(*pod) ? prints("idle\n") : sys::Result{1, "", "not yet", false, false};
}

sys::Result ModelPodman::inspect_container(const Arguments& arguments, const sys::Io&, Extent) {
  const Pod* pod = pod_of_container(arguments.back());
  if (pod == nullptr) return fails("no such container");
  return prints(pod->state == "Running" ? "running\n" : "exited\n");
}

sys::Result ModelPodman::logs(const Arguments&, const sys::Io&, Extent) { return prints("a line\n"); }

}  // namespace sim
