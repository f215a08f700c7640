#include "envtool/app/last_ready.h"

#include <functional>
#include <map>

#include "envtool/app/facts.h"
#include "envtool/app/memory_file.h"
#include "envtool/base/strings.h"
#include "envtool/doc/json.h"
#include "envtool/doc/yaml.h"
#include "envtool/sys/file.h"

namespace app {
namespace {

std::vector<doc::Value> read_objects(const std::string& manifest) {
  base::Sources sources;
  return doc::read_yaml_all(sources.add("the manifest", manifest, base::Excerpts::withheld));
}

/// The key on the manifest's pod; empty if there is none.
std::string pod_key_in(const std::vector<doc::Value>& objects) {
  for (const doc::Value& object : objects) {
    const doc::Value* labels = doc::text_at(object, "kind") == "Pod" ? doc::at_path(object, "metadata.labels") : nullptr;
    const doc::Value* key = labels != nullptr ? labels->find(kKeyLabel) : nullptr;
    if (key != nullptr && key->is_string()) return key->as_string();
  }
  return "";
}

void for_each_container(std::vector<doc::Value>& objects, const std::function<void(doc::Value&)>& work) {
  for (doc::Value& object : objects) {
    doc::Value* spec = doc::text_at(object, "kind") == "Pod" ? object.find("spec") : nullptr;
    doc::Value* containers = spec != nullptr ? spec->find("containers") : nullptr;
    if (containers == nullptr || !containers->is_list()) continue;
    for (doc::Value& container : containers->as_list()) work(container);
  }
}

void name_images_by_id(std::vector<doc::Value>& objects, const model::Env& env, const std::map<std::string, std::string>& ids) {
  for_each_container(objects, [&](doc::Value& container) {
    const auto id = ids.find(env.container(doc::text_at(container, "name")));
    if (id != ids.end()) container["image"] = id->second;
  });
}

doc::Value to_value(const Probe& check) {
  return doc::make_map({{"name", check.name},
                        {"description", check.description},
                        {"url", check.url},
                        {"container", check.container},
                        {"command", doc::make_list(check.command)},
                        {"expect", check.expect},
                        {"seconds", std::int64_t{check.timeout.count()}}});
}

Probe to_probe(const doc::Value& value) {
  Probe check;
  check.name = doc::text_at(value, "name");
  check.description = doc::text_at(value, "description");
  check.url = doc::text_at(value, "url");
  check.container = doc::text_at(value, "container");
  for (const doc::Value& word : doc::list_at(value, "command")) check.command.push_back(word.is_string() ? word.as_string() : "");
  check.expect = doc::text_at(value, "expect");
  if (const doc::Value* seconds = value.find("seconds"); seconds != nullptr && seconds->is_integer()) check.timeout = std::chrono::seconds(seconds->as_integer());
  return check;
}

doc::Map volumes_value(const std::map<std::string, KeptVolume>& secrets) {
  doc::Map out;
  for (const auto& [name, volume] : secrets) out.append(name, doc::make_map({{"key", volume.key}, {"tar", base::to_base64(volume.tar)}}));
  return out;
}

KeptVolume to_volume(const doc::Value& value) {
  return {doc::text_at(value, "key"), base::from_base64(doc::text_at(value, "tar")).value_or("")};
}

}  // namespace

void LastReady::keep(const model::Env& env, const plan::Key& key, const std::vector<Probe>& checks,
                     const std::map<std::string, KeptVolume>& secrets, const podman::Podman& podman) const {
  std::vector<doc::Value> objects = read_objects(sys::read_file(deploy_.manifest_file()));
  if (pod_key_in(objects) != key) return;
  name_images_by_id(objects, env, podman.images_of_pod(env.pod));
  const doc::Value memory = doc::make_map({{"key", key},
                                           {"network", env.network},
                                           {"manifest", doc::emit_yaml(objects)},
                                           {"config", sys::read_file(deploy_.config_file())},
                                           {"checks", doc::make_list(checks, to_value)},
                                           {"secrets", volumes_value(secrets)}});
  sys::write_file(file_, doc::emit_json(memory, doc::JsonStyle::indented), sys::Access::secret);
}

std::optional<ReadyPod> LastReady::pod() const {
  const doc::Value memory = read_memory(file_);
  if (doc::text_at(memory, "manifest").empty()) return std::nullopt;
  ReadyPod pod{doc::text_at(memory, "key"), doc::text_at(memory, "network"), doc::text_at(memory, "manifest"), doc::text_at(memory, "config"), {}, {}};
  for (const doc::Value& check : doc::list_at(memory, "checks")) pod.checks.push_back(to_probe(check));
  if (const doc::Value* secrets = memory.find("secrets"); secrets != nullptr && secrets->is_map()) {
    for (const doc::Entry& entry : secrets->as_map()) pod.secrets[entry.key] = to_volume(entry.value);
  }
  return pod;
}

void LastReady::forget() const { fs::remove(file_); }

std::vector<ChangedImage> changed_images(const ReadyPod& before, const std::string& manifest, const podman::Podman& podman) {
  std::map<std::string, std::string> ids_before;
  std::vector<doc::Value> former = read_objects(before.manifest);
  for_each_container(former, [&](doc::Value& container) { ids_before[doc::text_at(container, "name")] = doc::text_at(container, "image"); });
  std::map<std::string, std::string> ids;
  for (const podman::Image& image : podman.images()) {
    for (const std::string& name : image.names) ids[name] = image.id;
  }
  std::vector<ChangedImage> changed;
  std::vector<doc::Value> objects = read_objects(manifest);
  for_each_container(objects, [&](doc::Value& container) {
    const std::string image = doc::text_at(container, "image");
    const auto id = ids.find(image);
    const std::string name = doc::text_at(container, "name");
    if (id != ids.end() && id->second != ids_before[name]) changed.push_back({name, image});
  });
  return changed;
}

}  // namespace app
