#include "envtool/manifest/pod_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "envtool/base/digest.h"
#include "envtool/manifest/kubernetes.h"
#include "envtool/manifest/object_names.h"
#include "envtool/manifest/probes.h"
#include "envtool/model/fields.h"

namespace manifest {
namespace {

using doc::make_map;
using doc::Value;

constexpr std::size_t kPortNameLength = 15;
constexpr const char* kMemoryVolumeSize = "8Mi";

/// The list to change, or null where there is something else or nothing.
doc::List* list_in(Value& parent, std::string_view key) {
  Value* list = parent.find(key);
  return list != nullptr && list->is_list() ? &list->as_list() : nullptr;
}

template <typename Work>
void each_in(Value& parent, std::string_view key, Work work) {
  if (doc::List* list = list_in(parent, key)) std::ranges::for_each(*list, work);
}

void set_if_absent(Value& map, std::string_view key, Value value) {
  if (map.find(key) == nullptr) map[key] = std::move(value);
}

Value quantities(const std::map<std::string, std::string>& amounts) {
  doc::Map map;
  for (const auto& [resource, amount] : amounts) map.append(resource, amount);
  return map;
}

/// Whether a reference names its content, so that what a node has of it is the same.
bool is_pinned(const std::string& image) { return image.find("@sha256:") != std::string::npos; }

class PodForm {
 public:
  PodForm(Value spec, const PodSurroundings& surroundings, std::map<std::string, std::string>& renamed, base::Diagnostics& problems)
      : spec_(std::move(spec)), around_(surroundings), renamed_(renamed), problems_(problems) {}

  Value run() {
    name_volumes();
    each_in(spec_, "volumes", [this](Value& volume) { rewrite_volume(volume); });
    each_in(spec_, "initContainers", [this](Value& container) { rewrite_container(container); });
    each_in(spec_, "containers", [this](Value& container) {
      rewrite_container(container);
      add_probes(container, around_.env, around_.rendered, problems_);
    });
    if (!seedings_.empty()) add_seeding();
    complete();
    return std::move(spec_);
  }

 private:
  void name_volumes() {
    each_in(spec_, "volumes", [this](Value& volume) { names_.add("volume", doc::text_at(volume, "name")); });
  }

  std::string volume_name(const std::string& name) {
    std::string changed = names_.in_cluster("volume", name);
    if (changed != name) renamed_["volume " + name] = changed;
    return changed;
  }

  void rewrite_volume(Value& volume) {
    volume["name"] = volume_name(doc::text_at(volume, "name"));
    if (Value* claim = volume.find("persistentVolumeClaim")) return rewrite_claim(volume, *claim);
    if (Value* secret = volume.find("secret")) return rewrite_secret(volume, *secret);
    if (Value* map = volume.find("configMap")) rewrite_name(*map, "ConfigMap", "name");
    Value* projected = volume.find("projected");
    if (projected == nullptr) return;
    each_in(*projected, "sources", [this](Value& source) {
      if (Value* secret = source.find("secret")) rewrite_name(*secret, "Secret", "name");
      if (Value* map = source.find("configMap")) rewrite_name(*map, "ConfigMap", "name");
    });
  }

  void rewrite_claim(const Value& volume, Value& claim) {
    const std::string name = doc::text_at(claim, "claimName");
    rewrite_name(claim, "PersistentVolumeClaim", "claimName");
    const auto seed = around_.seeds.find(name);
    if (seed == around_.seeds.end()) return;
    seedings_.push_back(seed->second);
    seedings_.back().volume = doc::text_at(volume, "name");
  }

  void rewrite_secret(Value& volume, Value& secret) {
    const std::string name = doc::text_at(secret, "secretName");
    secret_volumes_.insert(doc::text_at(volume, "name"));
    if (!around_.packed.contains(name)) return rewrite_name(secret, "Secret", "secretName");
    seedings_.push_back({doc::text_at(volume, "name"), {around_.name_of("Secret", name)}, Seeding::Carrier::secret});
    volume.as_map().erase("secret");
    volume["emptyDir"] = make_map({{"medium", "Memory"}, {"sizeLimit", kMemoryVolumeSize}});
  }

  void rewrite_name(Value& reference, const std::string& kind, std::string_view key) {
    Value* name = reference.find(key);
    if (name != nullptr && name->is_string()) *name = Value(around_.name_of(kind, name->as_string())).set_span(name->span());
  }

  void rewrite_container(Value& container) {
    rewrite_image(container);
    each_in(container, "ports", [this](Value& port) { rewrite_port(port); });
    doc::List* variables = list_in(container, "env");
    if (variables != nullptr) std::erase_if(*variables, [this](const Value& variable) { return is_left_out(variable); });
    each_in(container, "env", [this](Value& variable) { rewrite_variable(variable); });
    each_in(container, "envFrom", [this](Value& from) {
      if (Value* map = from.find("configMapRef")) rewrite_name(*map, "ConfigMap", "name");
      if (Value* secret = from.find("secretRef")) rewrite_name(*secret, "Secret", "name");
    });
    each_in(container, "volumeMounts", [this](Value& mount) { rewrite_mount(mount); });
    add_needs(container);
  }

  void rewrite_image(Value& container) {
    const std::string image = doc::text_at(container, "image");
    const auto pulled = around_.images.find(image);
    if (pulled != around_.images.end()) container["image"] = pulled->second;
    else if (image.starts_with("localhost/")) refuse_local(container, image);
    const std::string policy = doc::text_at(container, "imagePullPolicy");
    if (policy == "Never") container["imagePullPolicy"] = is_pinned(doc::text_at(container, "image")) ? "IfNotPresent" : "Always";
  }

  void refuse_local(const Value& container, const std::string& image) {
    if (!refused_images_.insert(image).second) return;
    const base::Span span = around_.env.cluster.span ? around_.env.cluster.span : container.find("image")->span();
    auto& problem = problems_.error(fmt::format("image `{}` is built here, and no registry is named that a cluster could pull it from", image), span);
    problem.hints.emplace_back("say where it is pushed to: `cluster: { registry: registry.example/hub }`, or `--set cluster.registry=...`");
  }

  void rewrite_port(Value& port) {
    port.as_map().erase("hostPort");
    port.as_map().erase("hostIP");
    const std::string name = doc::text_at(port, "name");
    if (name.empty()) return;
    const bool good = name.size() <= kPortNameLength && plain_name(name, kPortNameLength + 1) == name;
    if (!good) port["name"] = "port-" + base::sha256(name).substr(0, kPortNameLength - 5);
  }

  const Value* deploy_reference(const Value& variable) const {
    const Value* reference = doc::at_path(variable, "valueFrom.configMapKeyRef");
    return reference != nullptr && doc::text_at(*reference, "name") == around_.env.deploy.object ? reference : nullptr;
  }

  /// A key that need not be there would keep the container from starting.
  bool is_left_out(const Value& variable) const {
    const Value* reference = deploy_reference(variable);
    return reference != nullptr && around_.missing_deploy_keys.contains(doc::text_at(*reference, "key"));
  }

  void rewrite_variable(Value& variable) {
    if (Value* value = variable.find("value"); value != nullptr && value->is_scalar() && !value->is_string() && !value->is_null()) {
      *value = Value(model::scalar_text(*value)).set_span(value->span());
    }
    Value* from = variable.find("valueFrom");
    if (from == nullptr) return;
    const Value* deploy = deploy_reference(variable);
    if (deploy != nullptr && around_.secret_deploy_keys.contains(doc::text_at(*deploy, "key"))) {
      Value reference = *deploy;
      from->as_map().erase("configMapKeyRef");
      (*from)["secretKeyRef"] = std::move(reference);
    }
    if (Value* map = from->find("configMapKeyRef")) rewrite_name(*map, "ConfigMap", "name");
    if (Value* secret = from->find("secretKeyRef")) rewrite_name(*secret, "Secret", "name");
  }

  void rewrite_mount(Value& mount) {
    const std::string volume = volume_name(doc::text_at(mount, "name"));
    mount["name"] = volume;
    if (secret_volumes_.contains(volume)) mount["readOnly"] = true;
    Value* path = mount.find("subPath");
    if (path == nullptr || !path->is_string()) return;
    const std::string& text = path->as_string();
    const std::size_t start = text.find_first_not_of('/');
    if (start == std::string::npos) mount.as_map().erase("subPath");
    else if (start > 0) *path = Value(text.substr(start)).set_span(path->span());
  }

  /// Resources and rights, where the Pod itself says nothing of them.
  void add_needs(Value& container) {
    const model::ContainerNeeds needs = around_.env.cluster.needs_of(doc::text_at(container, "name"));
    set_if_absent(container, "resources", make_map({{"requests", quantities(needs.requests)}, {"limits", quantities(needs.limits)}}));
    Value& context = container["securityContext"];
    set_if_absent(context, "allowPrivilegeEscalation", needs.escalation);
    Value capabilities = make_map({{"drop", doc::List{Value("ALL")}}});
    if (!needs.capabilities.empty()) capabilities["add"] = doc::make_list(needs.capabilities);
    set_if_absent(context, "capabilities", std::move(capabilities));
    if (!needs.user) return;
    set_if_absent(context, "runAsUser", std::int64_t{*needs.user});
    set_if_absent(context, "runAsNonRoot", *needs.user != 0);
  }

  /// The image of the first container: its image is needed on the node anyway.
  void add_seeding() {
    const doc::List* containers = list_in(spec_, "containers");
    if (containers == nullptr || containers->empty()) return;
    doc::List init{seed_container(doc::text_at(containers->front(), "image"), seedings_)};
    if (const Value* policy = containers->front().find("imagePullPolicy")) init.front()["imagePullPolicy"] = *policy;
    if (doc::List* others = list_in(spec_, "initContainers")) std::ranges::move(*others, std::back_inserter(init));
    spec_["initContainers"] = std::move(init);
    for (const Seeding& seeding : seedings_) spec_["volumes"].push_back(seed_source_volume(seeding));
  }

  void complete() {
    set_if_absent(spec_, "serviceAccountName", around_.service_account);
    set_if_absent(spec_, "automountServiceAccountToken", false);
    set_if_absent(spec_, "enableServiceLinks", false);
    set_if_absent(spec_["securityContext"], "seccompProfile", make_map({{"type", "RuntimeDefault"}}));
    if (around_.env.cluster.pull_secrets.empty()) return;
    set_if_absent(spec_, "imagePullSecrets",
                  doc::make_list(around_.env.cluster.pull_secrets, [](const std::string& name) { return make_map({{"name", name}}); }));
  }

  Value spec_;
  const PodSurroundings& around_;
  std::map<std::string, std::string>& renamed_;
  base::Diagnostics& problems_;
  ObjectNames names_;
  std::set<std::string> secret_volumes_;
  std::set<std::string> refused_images_;
  std::vector<Seeding> seedings_;
};

}  // namespace

Value pod_spec_in_cluster(const Value& spec, const PodSurroundings& surroundings, std::map<std::string, std::string>& renamed,
                          base::Diagnostics& problems) {
  return PodForm(spec, surroundings, renamed, problems).run();
}

}  // namespace manifest
