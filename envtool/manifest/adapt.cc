#include "envtool/manifest/adapt.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace manifest {
namespace {

using doc::Value;

constexpr std::uint32_t kDefaultFileMode = 0644;

std::string name_of(const Value& object) { return doc::text_at(object, "metadata.name"); }

bool is_pod(const Value& object) { return doc::text_at(object, "kind") == "Pod"; }

/// The list to change, or null where there is something else or nothing.
doc::List* list_in(Value& parent, std::string_view key) {
  Value* list = parent.find(key);
  return list != nullptr && list->is_list() ? &list->as_list() : nullptr;
}

std::uint32_t mode_or(const Value* value, std::uint32_t fallback) {
  return value != nullptr && value->is_integer() ? static_cast<std::uint32_t>(value->as_integer()) : fallback;
}

SeededSecret seeded_from(const Value& secret) {
  SeededSecret seeded;
  seeded.mode = mode_or(secret.find("defaultMode"), kDefaultFileMode);
  for (const Value& item : doc::list_at(secret, "items")) {
    if (const Value* mode = item.find("mode")) seeded.modes[doc::text_at(item, "key")] = mode_or(mode, seeded.mode);
  }
  return seeded;
}

bool operator==(const SeededSecret& a, const SeededSecret& b) { return a.mode == b.mode && a.modes == b.modes; }

/// Rewrites one Pod. The Secrets that it wants as filled volumes are added to `seeded`.
class PodAdapter {
 public:
  PodAdapter(Value& pod, const Target& target, const MountPoint& mount_point, std::map<std::string, SeededSecret>& seeded,
             base::Diagnostics& problems)
      : pod_(pod), target_(target), mount_point_(mount_point), seeded_(seeded), problems_(problems) {}

  /// A Pod without a map `spec` is left as it is: podman has the word on it.
  void run() {
    Value* spec = pod_.find("spec");
    if (spec == nullptr || !spec->is_map()) return;
    check_volumes(*spec);
    if (!has(target_, Feature::file_modes) || !has(target_, Feature::secret_volumes)) seed_secrets(*spec);
    for (const Value& volume : doc::list_at(*spec, "volumes")) volume_names_.insert(doc::text_at(volume, "name"));
    for (const char* kind : {"initContainers", "containers"}) {
      doc::List* containers = list_in(*spec, kind);
      if (containers != nullptr) std::for_each(containers->begin(), containers->end(), [this](Value& c) { adapt_container(c); });
    }
    if (!has(target_, Feature::sub_path)) replace_volumes(*spec);
  }

 private:
  void refuse(const std::string& field, Feature feature, base::Span span) {
    problems_.error(fmt::format("podman {} ignores `{}` of Pod `{}`, podman {} is the first that knows it",
                                to_string(target_.version), field, name_of(pod_), to_string(since(Platform::podman, feature))),
                    span);
  }

  void check_volumes(const Value& spec) {
    constexpr std::array<std::string_view, 5> kKnown{"persistentVolumeClaim", "secret", "configMap", "hostPath", "emptyDir"};
    for (const Value& volume : doc::list_at(spec, "volumes")) {
      if (!volume.is_map()) continue;
      const std::string name = doc::text_at(volume, "name");
      for (const doc::Entry& entry : volume.as_map()) {
        if (entry.key == "name") continue;
        const bool known = std::find(kKnown.begin(), kKnown.end(), entry.key) != kKnown.end();
        if (!known) {
          problems_.error(fmt::format("podman can't mount a volume of kind `{}` (volume `{}` of Pod `{}`)", entry.key, name, name_of(pod_)),
                          entry.key_span);
        }
      }
      check_config_map_modes(volume, name);
    }
  }

  void check_config_map_modes(const Value& volume, const std::string& name) {
    const Value* mode = doc::at_path(volume, "configMap.defaultMode");
    if (mode == nullptr || mode_or(mode, kDefaultFileMode) == kDefaultFileMode || has(target_, Feature::file_modes)) return;
    refuse(fmt::format("spec.volumes[{}].configMap.defaultMode", name), Feature::file_modes, mode->span());
  }

  void seed_secrets(Value& spec) {
    doc::List* volumes = list_in(spec, "volumes");
    if (volumes == nullptr) return;
    for (Value& volume : *volumes) {
      const Value* secret = volume.find("secret");
      if (secret == nullptr) continue;
      const std::string object = doc::text_at(*secret, "secretName");
      for (const Value& item : doc::list_at(*secret, "items")) check_item(volume, item);
      add_seeded(object, doc::text_at(volume, "name"), *secret);
      volume.as_map().erase("secret");
      volume["persistentVolumeClaim"] = doc::make_map({{"claimName", object}});
    }
  }

  /// One volume stands for the Secret wherever it is mounted, so its modes must agree.
  void add_seeded(const std::string& object, const std::string& volume, const Value& secret) {
    SeededSecret modes = seeded_from(secret);
    const auto [known, fresh] = seeded_.emplace(object, modes);
    if (!fresh && !(known->second == modes)) {
      refuse(fmt::format("spec.volumes[{}].secret.defaultMode", volume), Feature::file_modes, secret.span());
    }
  }

  /// A filled volume holds each key under its own name.
  void check_item(const Value& volume, const Value& item) {
    if (doc::text_at(item, "key") == doc::text_at(item, "path")) return;
    refuse(fmt::format("spec.volumes[{}].secret.items", doc::text_at(volume, "name")), Feature::file_modes, item.span());
  }

  void adapt_container(Value& container) {
    const std::string name = doc::text_at(container, "name");
    for (const Value& variable : doc::list_at(container, "env")) check_variable(name, variable);
    for (const Value& from : doc::list_at(container, "envFrom")) {
      if (from.find("secretRef") != nullptr && !has(target_, Feature::secret_env)) {
        refuse(fmt::format("spec.containers[{}].envFrom.secretRef", name), Feature::secret_env, from.span());
      }
    }
    for (const Value& mount : doc::list_at(container, "volumeMounts")) check_mount(name, mount);
    doc::List* mounts = list_in(container, "volumeMounts");
    if (has(target_, Feature::sub_path) || mounts == nullptr) return;
    for (Value& mount : *mounts) lower_sub_path(mount);
  }

  void check_mount(const std::string& container, const Value& mount) {
    if (mount.find("subPathExpr") == nullptr || has(target_, Feature::sub_path_expr)) return;
    problems_.error(fmt::format("podman ignores `spec.containers[{}].volumeMounts[{}].subPathExpr` of Pod `{}`", container,
                                doc::text_at(mount, "name"), name_of(pod_)),
                    mount.span());
  }

  void check_variable(const std::string& container, const Value& variable) {
    const Value* reference = doc::at_path(variable, "valueFrom.secretKeyRef");
    if (reference == nullptr || has(target_, Feature::secret_env)) return;
    refuse(fmt::format("spec.containers[{}].env[{}].valueFrom.secretKeyRef", container, doc::text_at(variable, "name")),
           Feature::secret_env, reference->span());
  }

  /// `{volume v, subPath p}` becomes a host path of its own, one for each pair.
  void lower_sub_path(Value& mount) {
    const std::string volume = doc::text_at(mount, "name");
    const std::string sub_path = doc::text_at(mount, "subPath");
    if (sub_path.empty()) {
      whole_.insert(volume);
      return;
    }
    const std::optional<std::string> root = host_root(volume);
    if (!root) return refuse(fmt::format("spec.containers[].volumeMounts[{}].subPath", volume), Feature::sub_path, mount.span());
    const std::string name = host_volume(volume, sub_path);
    mount["name"] = name;
    mount.as_map().erase("subPath");
    host_paths_[name] = *root + "/" + sub_path;
  }

  /// The name of the volume for a pair: the same each time, and nothing else's.
  std::string host_volume(const std::string& volume, const std::string& sub_path) {
    std::string& name = host_volumes_[{volume, sub_path}];
    if (!name.empty()) return name;
    std::string plain = fmt::format("{}-{}", volume, sub_path);
    std::replace_if(plain.begin(), plain.end(), [](char c) { return c == '/' || c == '_' || c == '.'; }, '-');
    name = plain;
    for (int number = 2; !volume_names_.insert(name).second; ++number) name = fmt::format("{}-{}", plain, number);
    return name;
  }

  std::optional<std::string> host_root(const std::string& volume_name) const {
    for (const Value& volume : doc::list_at(*pod_.find("spec"), "volumes")) {
      if (doc::text_at(volume, "name") != volume_name) continue;
      const std::string claim = doc::text_at(volume, "persistentVolumeClaim.claimName");
      if (!claim.empty()) return mount_point_(claim);
      const std::string path = doc::text_at(volume, "hostPath.path");
      if (!path.empty()) return path;
    }
    return std::nullopt;
  }

  /// Keeps the volumes that are still mounted as a whole and adds the host paths.
  void replace_volumes(Value& spec) {
    doc::List* volumes = list_in(spec, "volumes");
    if (volumes == nullptr) return;
    std::erase_if(*volumes, [this](const Value& volume) { return !whole_.contains(doc::text_at(volume, "name")); });
    for (const auto& [name, path] : host_paths_) {
      volumes->push_back(doc::make_map({{"name", name}, {"hostPath", doc::make_map({{"path", path}})}}));
    }
  }

  Value& pod_;
  const Target& target_;
  const MountPoint& mount_point_;
  std::map<std::string, SeededSecret>& seeded_;
  base::Diagnostics& problems_;
  std::set<std::string> volume_names_;
  std::set<std::string> whole_;                     ///< volumes mounted without subPath
  std::map<std::pair<std::string, std::string>, std::string> host_volumes_;  ///< volume and subPath -> new volume
  std::map<std::string, std::string> host_paths_;                            ///< new volume -> path on the host
};

/// What is played once could not be played again.
void check_claim(const Value& claim, const Target& target, base::Diagnostics& problems) {
  if (doc::text_at(claim, "kind") != "PersistentVolumeClaim" || has(target, Feature::claims_that_exist)) return;
  problems.error(fmt::format("podman {} fails on PersistentVolumeClaim `{}` once its volume is there, podman {} is the first that takes it",
                             to_string(target.version), name_of(claim), to_string(since(Platform::podman, Feature::claims_that_exist))),
                 claim.span());
}

}  // namespace

Adapted adapt(std::vector<Value> objects, const Target& target, const MountPoint& mount_point, base::Diagnostics& problems) {
  Adapted adapted;
  for (Value& object : objects) {
    check_claim(object, target, problems);
    if (is_pod(object)) PodAdapter(object, target, mount_point, adapted.seeded_secrets, problems).run();
  }
  for (Value& object : objects) {
    const bool replaced = doc::text_at(object, "kind") == "Secret" && adapted.seeded_secrets.contains(name_of(object));
    if (!replaced) adapted.objects.push_back(std::move(object));
  }
  return adapted;
}

std::map<std::string, SeededSecret> seeded_secrets(const std::vector<Value>& objects, const Target& target) {
  base::Diagnostics unused;
  return adapt(objects, target, [](const std::string& volume) { return "/" + volume; }, unused).seeded_secrets;
}

}  // namespace manifest
