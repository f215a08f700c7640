#include "envtool/manifest/kubernetes.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "envtool/base/digest.h"
#include "envtool/base/strings.h"
#include "envtool/doc/json.h"
#include "envtool/manifest/labels.h"
#include "envtool/manifest/network_policy.h"
#include "envtool/manifest/object_names.h"
#include "envtool/manifest/pod_form.h"
#include "envtool/manifest/pod_security.h"
#include "envtool/manifest/seeds.h"
#include "envtool/tmpl/template.h"

namespace manifest {
namespace {

using doc::make_map;
using doc::Value;

/// A StatefulSet's pods carry its name and eleven characters more as a label.
constexpr std::size_t kWorkloadNameLength = 52;
constexpr std::size_t kDigestedNameLength = 52;
constexpr std::size_t kKeyLength = 40;
constexpr const char* kPublicPort = "public";
constexpr const char* kMasked = "...";

std::string kind_of(const Value& object) { return doc::text_at(object, "kind"); }
std::string name_of(const Value& object) { return doc::text_at(object, "metadata.name"); }

bool is_secret_data(std::string_view kind, std::string_view field) {
  return (kind == "Secret" && (field == "data" || field == "stringData")) || (kind == "ConfigMap" && field == "binaryData");
}

Value new_object(const std::string& api_version, const std::string& kind, const std::string& name) {
  return make_map({{"apiVersion", api_version}, {"kind", kind}, {"metadata", make_map({{"name", name}})}});
}

Value data_map(const std::map<std::string, std::string>& texts) {
  doc::Map data;
  for (const auto& [key, text] : texts) data.append(key, text);
  return data;
}

template <typename Part>
const Part* find_object(const std::vector<Part>& parts, const std::string& object) {
  const auto found = std::ranges::find(parts, object, &Part::object);
  return found == parts.end() ? nullptr : &*found;
}

/// Annotations that only podman reads.
bool is_podmans(std::string_view key) {
  return key.starts_with("io.podman.") || key.starts_with("io.containers.") || key.starts_with("volume.podman.io/") || key.starts_with("io.kubernetes.cri-o.");
}

void drop_podmans_annotations(Value& object) {
  Value* metadata = object.find("metadata");
  Value* annotations = metadata != nullptr ? metadata->find("annotations") : nullptr;
  if (annotations == nullptr || !annotations->is_map()) return;
  for (const std::string& key : annotations->as_map().keys()) {
    if (is_podmans(key)) annotations->as_map().erase(key);
  }
}

/// The API versions that podman also takes for v1.
void correct_api_version(Value& object) {
  Value* version = object.find("apiVersion");
  if (version != nullptr && *version == Value("core/v1")) *version = Value("v1").set_span(version->span());
}

/// The two kinds of values of a deploy ConfigMap.
enum class Settings { open, secret };

/// Puts the form of one environment together.
class Form {
 public:
  Form(const model::Env& env, const std::vector<Value>& objects, const ClusterInputs& inputs, base::Diagnostics& problems)
      : env_(env), cluster_(env.cluster), composed_(objects), inputs_(inputs), problems_(problems), packed_(packed_secrets(env, objects)) {
    note_names();
  }

  ClusterForm run() {
    form_.namespace_name = namespace_name();
    add_service_account();
    add_network_policies();
    add_deploy_config();
    for (const model::Secret& secret : env_.secrets) add_secret(secret);
    for (const model::Volume& volume : env_.volumes) add_volume(volume);
    add_services();
    for (const Value& object : composed_) {
      if (kind_of(object) != "Pod") add_composed(object);
    }
    for (const Value& object : composed_) {
      if (kind_of(object) == "Pod") add_pod(object);
    }
    add_namespace();
    return std::move(form_);
  }

 private:
  // ---- names

  void note_names() {
    for (const Value& object : composed_) names_.add(kind_of(object), name_of(object));
    for (const model::Secret& secret : env_.secrets) names_.add("Secret", secret.object);
    for (const model::Volume& volume : env_.volumes) names_.add("PersistentVolumeClaim", volume.object);
    names_.add("ConfigMap", env_.deploy.object);
    names_.add("Secret", env_.deploy.object);
    for (const Value& object : composed_) {
      if (kind_of(object) == "Secret" || kind_of(object) == "ConfigMap") digests_[{kind_of(object), name_of(object)}] = doc::canonical_json(object);
    }
    for (const auto& [name, secret] : inputs_.secrets) digests_[{"Secret", name}] = secret.fingerprint;
    digests_[{"ConfigMap", env_.deploy.object}] = doc::canonical_json(data_map(deploy_values(Settings::open)));
    digests_[{"Secret", env_.deploy.object}] = inputs_.deploy_fingerprint;
  }

  /// Names of what never changes end in a digest; those of objects that are somebody else's are only made valid.
  std::string in_cluster(const std::string& kind, const std::string& name) {
    const std::size_t limit = kind == "Pod" ? kWorkloadNameLength : kDigestedNameLength;
    std::string changed = names_.in_cluster(kind, name, limit);
    const auto digest = digests_.find({kind, name});
    if (digest != digests_.end()) changed = with_digest(changed, digest->second);
    if (changed != name) form_.renamed[fmt::format("{} {}", kind, name)] = changed;
    return changed;
  }

  std::string namespace_name() {
    const std::string name = cluster_.namespace_name.empty() ? plain_name(env_.id(), 63) : cluster_.namespace_name;
    if (cluster_.namespace_name.empty() && name != env_.id()) form_.renamed["Namespace " + env_.id()] = name;
    return name;
  }

  std::string workload_name() { return in_cluster("Pod", env_.pod); }

  /// What chooses the environment's pods; it must never change.
  Value selector() const { return make_map({{"app.kubernetes.io/instance", env_.pod}}); }

  // ---- adding

  void add(Value object, const std::string& source, base::Span span, Keep keep = Keep::converge, const std::string& stands_for_data = "") {
    if (kind_of(object) != "Namespace") object["metadata"]["namespace"] = form_.namespace_name;
    label(object);
    object["metadata"]["annotations"][kSourceAnnotation] = source;
    const std::string key = key_of(object, stands_for_data);
    object["metadata"]["labels"][kKeyLabel] = key;
    form_.objects.push_back({std::move(object), keep, source, span, key});
  }

  void label(Value& object) const {
    Value& labels = object["metadata"]["labels"];
    if (labels.is_null()) labels = doc::Map();
    if (labels.find("app.kubernetes.io/name") == nullptr) labels["app.kubernetes.io/name"] = plain_name(env_.stem, 63);
    labels["app.kubernetes.io/instance"] = env_.pod;
    labels["app.kubernetes.io/part-of"] = env_.name;
    labels["app.kubernetes.io/managed-by"] = "envtool";
    labels[kEnvironmentLabel] = env_.name;
    if (!env_.instance.empty()) labels[kInstanceLabel] = env_.instance;
  }

  static std::string key_of(const Value& object, const std::string& stands_for_data) {
    Value keyed = object;
    const std::string kind = kind_of(object);
    for (const char* field : {"data", "stringData", "binaryData"}) {
      if (!stands_for_data.empty() && is_secret_data(kind, field) && keyed.find(field) != nullptr) keyed[field] = stands_for_data;
    }
    return base::sha256(doc::canonical_json(keyed)).substr(0, kKeyLength);
  }

  // ---- the namespace and what is there once

  /// Known only when all pods are: restricted where all of them keep to it.
  void add_namespace() {
    Value object = new_object("v1", "Namespace", form_.namespace_name);
    Value& labels = object["metadata"]["labels"];
    labels["pod-security.kubernetes.io/enforce"] = to_string(level_);
    for (const char* mode : {"warn", "audit"}) labels[fmt::format("pod-security.kubernetes.io/{}", mode)] = to_string(PodSecurity::restricted);
    add(std::move(object), "environment " + env_.id(), env_.span);
    std::ranges::rotate(form_.objects, std::prev(form_.objects.end()));
  }

  void add_service_account() {
    service_account_ = workload_name();
    Value object = new_object("v1", "ServiceAccount", service_account_);
    object["automountServiceAccountToken"] = false;
    add(std::move(object), "environment " + env_.id(), env_.span);
  }

  void add_network_policies() {
    add(deny_all_policy(), "network policy", cluster_.span);
    const std::string name = workload_name();
    const std::vector<OpenPort> ports = open_ports();
    if (!ports.empty()) add(ingress_policy(name + "-in", selector(), ports), "network policy", cluster_.span);
    add(egress_policy(name + "-out", selector(), destinations()), "network policy", cluster_.span);
  }

  std::vector<OpenPort> open_ports() {
    std::vector<OpenPort> ports;
    for (const model::Port& port : env_.ports) {
      const model::PortService service = cluster_.service_of(port.name);
      if (!service.from && port.name != kPublicPort) {
        warn_of_closed(port);
        continue;
      }
      OpenPort open{port.container_port, service.from.value_or(std::vector<std::string>{})};
      if (service.from && open.from.empty()) continue;
      check_blocks(open.from, service.span);
      ports.push_back(std::move(open));
    }
    return ports;
  }

  void warn_of_closed(const model::Port& port) {
    problems_.warning(fmt::format("nobody may connect to port `{}`", port.name), port.span)
        .hints.push_back(fmt::format("say who may: `cluster: {{ services: {{ {}: {{ from: [10.0.0.0/8] }} }} }}`", port.name));
  }

  void check_blocks(const std::vector<std::string>& blocks, base::Span span) {
    for (const std::string& block : blocks) {
      if (is_cidr(block)) continue;
      problems_.error(fmt::format("`{}` is no block of addresses", block), span)
          .hints.emplace_back("write it like `10.0.0.0/8`; one address is `192.0.2.1/32`");
    }
  }

  std::vector<Destination> destinations() {
    std::vector<Destination> all;
    for (const model::Egress& egress : cluster_.egress) {
      try {
        all.push_back(destination_of(rendered(egress.to)));
      } catch (base::Error& error) {
        error.add_context(fmt::format("reading egress `{}` at {}", egress.name, to_string(egress.span)));
        problems_.add(error);
      }
    }
    return all;
  }

  // ---- contents

  /// The deploy ConfigMap's values, those that are secret or the others.
  std::map<std::string, std::string> deploy_values(Settings wanted) const {
    std::map<std::string, std::string> values;
    for (const auto& [key, value] : inputs_.deploy) {
      const model::DeployKey* known = env_.find_deploy_key(key);
      const Settings found = known != nullptr && known->secret ? Settings::secret : Settings::open;
      if (found == wanted) values[key] = value;
    }
    return values;
  }

  void add_deploy_config() {
    const std::string source = "deploy " + env_.deploy.object;
    Value map = new_object("v1", "ConfigMap", in_cluster("ConfigMap", env_.deploy.object));
    map["immutable"] = true;
    map["data"] = data_map(deploy_values(Settings::open));
    add(std::move(map), source, env_.span);
    const auto secrets = deploy_values(Settings::secret);
    if (!secrets.empty()) add_secret_object(env_.deploy.object, secrets, source, env_.span, inputs_.deploy_fingerprint);
  }

  void add_secret_object(const std::string& object, const SecretData& contents, const std::string& source, base::Span span, const std::string& fingerprint) {
    Value secret = make_secret(in_cluster("Secret", object), {});
    secret.as_map().erase("stringData");
    secret["type"] = "Opaque";
    Value& data = secret["data"] = doc::Map();
    for (const auto& [key, bytes] : contents) data[key] = base::to_base64(bytes);
    add(std::move(secret), source, span, Keep::converge, fingerprint);
  }

  void add_secret(const model::Secret& secret) {
    const auto found = inputs_.secrets.find(secret.object);
    const ClusterSecret contents = found != inputs_.secrets.end() ? found->second : ClusterSecret{};
    const std::string source = "secret " + secret.name;
    if (!packed_.contains(secret.object)) return add_secret_object(secret.object, contents.contents, source, secret.span, contents.fingerprint);
    Value object = new_object("v1", "Secret", in_cluster("Secret", secret.object));
    object["immutable"] = true;
    object["type"] = "Opaque";
    object["data"] = seed_data(base::sha256(contents.fingerprint), contents.packed);
    add(std::move(object), source, secret.span, Keep::converge, contents.fingerprint);
  }

  void add_volume(const model::Volume& volume) {
    const std::string name = in_cluster("PersistentVolumeClaim", volume.object);
    const std::string source = "volume " + volume.name;
    const auto seed = inputs_.volumes.find(volume.object);
    if (seed != inputs_.volumes.end()) {
      Seeding& seeding = seeds_[volume.object];
      for (Value& carrier : seed_carriers("seed-" + name, seed->second.key, seed->second.tar)) {
        if (kind_of(carrier) == "Secret") seeding.carrier = Seeding::Carrier::secret;
        seeding.carriers.push_back(name_of(carrier));
        add(std::move(carrier), source, volume.span, Keep::create_once, seed->second.key);
      }
    }
    add(claim(name, volume), source, volume.span, Keep::create_once);
  }

  Value claim(const std::string& name, const model::Volume& volume) const {
    const model::Storage& storage = cluster_.storage_of(volume.name);
    Value claim = new_object("v1", "PersistentVolumeClaim", name);
    Value& spec = claim["spec"];
    spec["accessModes"] = doc::List{Value(storage.access)};
    if (!storage.storage_class.empty()) spec["storageClassName"] = storage.storage_class;
    spec["resources"]["requests"]["storage"] = storage.size;
    return claim;
  }

  // ---- services

  void add_services() {
    for (const model::Port& port : env_.ports) add(service(port), "port " + port.name, port.span);
    check_known_ports();
    if (cluster_.ingress) add_ingress(*cluster_.ingress);
    if (cluster_.workload != model::Workload::stateful_set) return;
    Value headless = new_object("v1", "Service", workload_name());
    headless["spec"] = make_map({{"clusterIP", "None"}, {"selector", selector()}});
    add(std::move(headless), "environment " + env_.id(), env_.span);
  }

  std::string service_name(const model::Port& port) { return plain_name(fmt::format("{}-{}", workload_name(), port.name), 63); }

  std::uint16_t service_port(const model::Port& port) const {
    const std::uint16_t said = cluster_.service_of(port.name).port;
    return said != 0 ? said : port.host_port;
  }

  Value service(const model::Port& port) {
    const model::PortService service = cluster_.service_of(port.name);
    Value target = make_map({{"name", plain_name(port.name, 16)},
                             {"port", std::int64_t{service_port(port)}},
                             {"protocol", "TCP"},
                             {"targetPort", std::int64_t{port.container_port}}});
    if (service.node_port != 0) target["nodePort"] = std::int64_t{service.node_port};
    Value object = new_object("v1", "Service", service_name(port));
    object["spec"] = make_map({{"type", to_string(service.type)}, {"selector", selector()}, {"ports", doc::List{std::move(target)}}});
    return object;
  }

  void check_known_ports() {
    std::vector<std::string> known;
    for (const model::Port& port : env_.ports) known.push_back(port.name);
    for (const auto& [name, service] : cluster_.services) {
      if (env_.find_port(name) != nullptr) continue;
      problems_.error(fmt::format("`cluster` names the port `{}`, which the environment doesn't publish", name), service.span)
          .guess(name, known);
    }
  }

  void add_ingress(const model::Ingress& ingress) {
    const model::Port* port = env_.find_port(ingress.port);
    if (port == nullptr) {
      problems_.error(fmt::format("the ingress names the port `{}`, which the environment doesn't publish", ingress.port), ingress.span);
      return;
    }
    const Value number = make_map({{"number", std::int64_t{service_port(*port)}}});
    const Value backend = make_map({{"service", make_map({{"name", service_name(*port)}, {"port", number}})}});
    const Value path = make_map({{"path", "/"}, {"pathType", "Prefix"}, {"backend", backend}});
    Value object = new_object("networking.k8s.io/v1", "Ingress", workload_name());
    Value& spec = object["spec"];
    if (!ingress.ingress_class.empty()) spec["ingressClassName"] = ingress.ingress_class;
    if (!ingress.tls_secret.empty()) {
      spec["tls"] = doc::List{make_map({{"hosts", doc::List{Value(ingress.host)}}, {"secretName", ingress.tls_secret}})};
    }
    spec["rules"] = doc::List{make_map({{"host", ingress.host}, {"http", make_map({{"paths", doc::List{path}}})}})};
    add(std::move(object), "ingress", ingress.span);
  }

  // ---- what the template has

  void add_composed(Value object) {
    const std::string kind = kind_of(object);
    const base::Span span = object.span();
    const std::string source = fmt::format("{} {}", kind, name_of(object));
    correct_api_version(object);
    drop_podmans_annotations(object);
    const bool immutable = kind == "Secret" || kind == "ConfigMap";
    object["metadata"]["name"] = in_cluster(kind, name_of(object));
    if (immutable) object["immutable"] = true;
    add(std::move(object), source, span, kind == "PersistentVolumeClaim" ? Keep::create_once : Keep::converge);
  }

  std::string rendered(const std::string& text) const {
    base::Sources sources;
    doc::Map variables = variables_of(env_);
    doc::Map deploy;
    for (const auto& [key, value] : deploy_values(Settings::open)) deploy.append(key, value);
    variables.set("deploy", std::move(deploy));
    return tmpl::render(sources.add("environment " + env_.name, text), variables);
  }

  PodSurroundings surroundings() {
    PodSurroundings around{env_, inputs_.images, [this](const std::string& kind, const std::string& name) { return in_cluster(kind, name); },
                           [this](const std::string& text) { return rendered(text); }, {}, {}, {}, seeds_, service_account_};
    for (const auto& [key, value] : deploy_values(Settings::secret)) around.secret_deploy_keys.insert(key);
    for (const model::DeployKey& key : env_.deploy.keys) {
      if (!key.required && !inputs_.deploy.contains(key.name)) around.missing_deploy_keys.insert(key.name);
    }
    for (const auto& [name, modes] : packed_) around.packed.insert(name);
    return around;
  }

  void add_pod(Value pod) {
    const base::Span span = pod.span();
    const std::string name = name_of(pod);
    const Value* spec = pod.find("spec");
    if (spec == nullptr || !spec->is_map()) return;
    correct_api_version(pod);
    drop_podmans_annotations(pod);
    pod["spec"] = pod_spec_in_cluster(*spec, surroundings(), form_.renamed, problems_);
    check_security(pod["spec"], name);
    pod["metadata"]["name"] = in_cluster("Pod", name);
    const bool is_main = name == env_.pod;
    Value object = is_main ? workload(std::move(pod)) : std::move(pod);
    if (is_main) {
      form_.workload_kind = kind_of(object);
      form_.workload = name_of(object);
    }
    add(std::move(object), "Pod " + name, span);
  }

  void check_security(const Value& spec, const std::string& pod) {
    if (violations(spec, PodSecurity::restricted).empty() && (!has_pods_ || level_ == PodSecurity::restricted)) {
      level_ = PodSecurity::restricted;
    } else {
      level_ = PodSecurity::baseline;
    }
    has_pods_ = true;
    for (const Violation& violation : violations(spec, PodSecurity::baseline)) {
      problems_.error(fmt::format("Pod `{}` violates the Pod Security level `baseline`: {}", pod, violation.what), violation.span);
    }
  }

  Value workload(Value pod) {
    label(pod);
    if (cluster_.workload == model::Workload::pod) return pod;
    if (const Value* policy = doc::at_path(pod, "spec.restartPolicy"); policy != nullptr && *policy != Value("Always")) {
      problems_.error(fmt::format("a {} restarts its containers always, and the Pod has another `restartPolicy`", to_string(cluster_.workload)), policy->span())
          .hints.emplace_back("`cluster: { workload: Pod }` makes a bare Pod");
    }
    Value object = new_object("apps/v1", std::string(to_string(cluster_.workload)), name_of(pod));
    Value& spec = object["spec"];
    spec["replicas"] = 1;
    spec["selector"]["matchLabels"] = selector();
    if (cluster_.workload == model::Workload::deployment) {
      spec["strategy"]["type"] = "Recreate";
    } else {
      spec["serviceName"] = name_of(pod);
      // With OrderedReady a pod that never gets ready would not be replaced by a better one.
      spec["podManagementPolicy"] = "Parallel";
    }
    pod["metadata"].as_map().erase("name");
    spec["template"] = make_map({{"metadata", pod["metadata"]}, {"spec", std::move(pod["spec"])}});
    return object;
  }

  const model::Env& env_;
  const model::Cluster& cluster_;
  const std::vector<Value>& composed_;
  const ClusterInputs& inputs_;
  base::Diagnostics& problems_;
  std::map<std::string, SeededSecret> packed_;
  ObjectNames names_;
  std::map<std::pair<std::string, std::string>, std::string> digests_;  ///< of what never changes, by kind and composed name
  std::map<std::string, Seeding> seeds_;
  std::string service_account_;
  PodSecurity level_ = PodSecurity::baseline;
  bool has_pods_ = false;
  ClusterForm form_;
};

}  // namespace

std::map<std::string, SeededSecret> packed_secrets(const model::Env& env, const std::vector<Value>& objects) {
  std::map<std::string, SeededSecret> packed = seeded_secrets(objects, {Platform::podman, kOldestPodman});
  std::erase_if(packed, [&](const auto& entry) {
    const model::Secret* secret = find_object(env.secrets, entry.first);
    return secret == nullptr || secret->owners.empty();
  });
  return packed;
}

ClusterForm to_kubernetes(const model::Env& env, const std::vector<Value>& objects, const ClusterInputs& inputs, base::Diagnostics& problems) {
  return base::with_context(fmt::format("composing environment `{}` for a cluster", env.name), [&] { return Form(env, objects, inputs, problems).run(); });
}

std::vector<Value> objects_of(const ClusterForm& form) {
  std::vector<Value> objects;
  for (const ClusterObject& object : form.objects) objects.push_back(object.object);
  return objects;
}

std::string registry_reference(const std::string& registry, const std::string& reference) {
  constexpr std::string_view kLocal = "localhost/";
  if (registry.empty() || !reference.starts_with(kLocal)) return reference;
  return fmt::format("{}/{}", registry, reference.substr(kLocal.size()));
}

std::set<std::string> images_of(const std::vector<Value>& objects) {
  std::set<std::string> images;
  for (const Value& object : objects) {
    for (const char* containers : {"spec.containers", "spec.initContainers"}) {
      for (const Value& container : doc::list_at(object, containers)) images.insert(doc::text_at(container, "image"));
    }
  }
  return images;
}

Value without_secrets(const Value& object) {
  Value masked = object;
  const std::string kind = kind_of(object);
  if (!masked.is_map()) return masked;
  for (doc::Entry& entry : masked.as_map()) {
    if (!is_secret_data(kind, entry.key) || !entry.value.is_map()) continue;
    for (doc::Entry& content : entry.value.as_map()) content.value = kMasked;
  }
  return masked;
}

}  // namespace manifest
