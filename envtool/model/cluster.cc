#include "envtool/model/cluster.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "envtool/base/strings.h"
#include "envtool/model/fields.h"
#include "envtool/model/names.h"
#include "envtool/patch/names.h"
#include "envtool/patch/quantity.h"

namespace model {
namespace {

constexpr std::uint32_t kMostId = 4'294'967'294;
constexpr std::uint32_t kMostPort = 65535;

constexpr std::array kWorkloads{std::pair{Workload::stateful_set, std::string_view("StatefulSet")},
                                std::pair{Workload::deployment, std::string_view("Deployment")}, std::pair{Workload::pod, std::string_view("Pod")}};
constexpr std::array kServiceTypes{std::pair{ServiceType::cluster_ip, std::string_view("ClusterIP")},
                                   std::pair{ServiceType::node_port, std::string_view("NodePort")},
                                   std::pair{ServiceType::load_balancer, std::string_view("LoadBalancer")}};
constexpr std::array<std::string_view, 3> kAccessModes{"ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany"};

template <typename Table, typename Item>
std::string_view word_of(const Table& table, Item item) {
  return std::ranges::find(table, item, &Table::value_type::first)->second;
}

/// The value that a field names by one of the table's words.
template <typename Table>
auto choice(Fields& fields, std::string_view key, const Table& table) {
  const std::string text = fields.text_or(key, std::string(table.front().second));
  const auto found = std::ranges::find(table, text, &Table::value_type::second);
  if (found != table.end()) return found->first;
  std::vector<std::string> known;
  for (const auto& [item, word] : table) known.emplace_back(word);
  fields.error(fmt::format("unknown `{}` in {}: `{}`", key, fields.where(), text), fields.span_of(key)).guess(text, known, "known: " + base::join(known, ", "));
  return table.front().first;
}

void check_quantity(Fields& fields, const std::string& text, const std::string& what, base::Span span) {
  try {
    const patch::Quantity quantity = patch::Quantity::parse(text);
    if (!quantity.is_negative()) return;
  } catch (const base::Error&) {
    // Said below, with the place.
  }
  fields.error(fmt::format("{} in {} must be a quantity, found `{}`", what, fields.where(), text), span).hints.emplace_back("for instance `500m`, `2` or `1.5Gi`");
}

/// A name that Kubernetes takes for an object, or nothing at all.
std::string name_field(Fields& fields, std::string_view key, bool (*is_good)(std::string_view) = patch::is_dns_subdomain) {
  std::string name = fields.text_or(key, "");
  if (!name.empty() && !is_good(name)) {
    fields.error(fmt::format("`{}` in {} is no name in Kubernetes: `{}`", key, fields.where(), name), fields.span_of(key))
        .hints.emplace_back("names are lowercase letters, digits and `-`");
  }
  return name;
}

Storage decode_storage(const doc::Value& value, const std::string& where, Storage storage, base::Diagnostics& problems) {
  Fields fields(value, where, problems);
  if (fields.has("class")) storage.storage_class = name_field(fields, "class");
  storage.size = fields.text_or("size", storage.size);
  check_quantity(fields, storage.size, "`size`", fields.span_of("size"));
  storage.access = fields.text_or("access", storage.access);
  if (std::ranges::find(kAccessModes, storage.access) == kAccessModes.end()) {
    fields.error(fmt::format("unknown `access` in {}: `{}`", where, storage.access), fields.span_of("access"))
        .hints.push_back("known: " + base::join({kAccessModes.begin(), kAccessModes.end()}, ", "));
  }
  fields.finish();
  return storage;
}

/// What is said replaces the default of each resource; null takes it away.
std::map<std::string, std::string> decode_resources(Fields& fields, std::string_view key, std::map<std::string, std::string> resources) {
  for (const doc::Entry& entry : fields.map(key)) {
    if (entry.value.is_null()) {
      resources.erase(entry.key);
      continue;
    }
    const std::string amount = entry.value.is_scalar() ? scalar_text(entry.value) : "";
    check_quantity(fields, amount, fmt::format("`{}.{}`", key, entry.key), entry.value.span());
    resources[entry.key] = amount;
  }
  return resources;
}

bool is_capability(std::string_view text) {
  return !text.empty() && !text.starts_with("CAP_") &&
         std::ranges::all_of(text, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; });
}

ContainerNeeds decode_container(const doc::Entry& entry, base::Diagnostics& problems) {
  Fields fields(entry.value, fmt::format("container `{}` of `cluster`", entry.key), problems);
  ContainerNeeds needs;
  needs.span = entry.key_span;
  needs.requests = decode_resources(fields, "requests", std::move(needs.requests));
  needs.limits = decode_resources(fields, "limits", std::move(needs.limits));
  needs.capabilities = fields.texts("capabilities");
  for (const std::string& capability : needs.capabilities) {
    if (is_capability(capability)) continue;
    fields.error(fmt::format("`{}` in {} is no capability", capability, fields.where()), fields.span_of("capabilities"))
        .hints.emplace_back("write them like `CHOWN` or `NET_BIND_SERVICE`");
  }
  needs.escalation = fields.boolean_or("escalation", false);
  if (fields.has("user")) needs.user = fields.number_or("user", 0, kMostId);
  fields.finish();
  return needs;
}

PortService decode_service(const doc::Entry& entry, base::Diagnostics& problems) {
  Fields fields(entry.value, fmt::format("service `{}` of `cluster`", entry.key), problems);
  PortService service;
  service.span = entry.key_span;
  service.type = choice(fields, "type", kServiceTypes);
  service.port = static_cast<std::uint16_t>(fields.number_or("port", 0, kMostPort));
  service.node_port = static_cast<std::uint16_t>(fields.number_or("node_port", 0, kMostPort));
  if (service.node_port != 0 && service.type == ServiceType::cluster_ip) {
    fields.error(fmt::format("{} has a `node_port`, which type ClusterIP doesn't use", fields.where()), fields.span_of("node_port"))
        .hints.emplace_back("add `type: NodePort`");
  }
  if (fields.has("from")) service.from = fields.texts("from");
  fields.finish();
  return service;
}

std::optional<Ingress> decode_ingress(const doc::Value* value, base::Diagnostics& problems) {
  if (value == nullptr || value->is_null()) return std::nullopt;
  Fields fields(*value, "the ingress of `cluster`", problems);
  Ingress ingress;
  ingress.span = value->span();
  ingress.host = fields.text("host");
  if (!ingress.host.empty()) name_field(fields, "host");
  ingress.port = fields.text_or("port", ingress.port);
  ingress.ingress_class = name_field(fields, "class");
  ingress.tls_secret = name_field(fields, "tls_secret");
  fields.finish();
  return ingress;
}

std::vector<Egress> decode_egress(Fields& fields) {
  std::vector<Egress> all;
  for (const doc::Entry& entry : fields.map("egress")) {
    if (entry.value.is_null()) continue;  // a layer took it away
    if (entry.value.is_string()) {
      all.push_back({entry.key, entry.value.as_string(), entry.value.span()});
    } else {
      fields.error(fmt::format("egress `{}` of {} must be a URL, found {}", entry.key, fields.where(), with_article(entry.value.kind())), entry.value.span());
    }
  }
  return all;
}

/// The entries of a map field that a layer didn't set to null.
template <typename Decode>
void each_entry(Fields& fields, std::string_view key, Decode decode) {
  for (const doc::Entry& entry : fields.map(key)) {
    if (!entry.value.is_null()) decode(entry);
  }
}

std::string decode_registry(Fields& fields) {
  std::string registry = fields.text_or("registry", "");
  if (!registry.empty() && (registry.ends_with('/') || !is_image_reference(registry + "/image:tag"))) {
    fields.error(fmt::format("`registry` in {} must begin the names of images, found `{}`", fields.where(), registry), fields.span_of("registry"))
        .hints.emplace_back("write it like `registry.example/hub`, without `https://`");
  }
  return registry;
}

}  // namespace

std::string_view to_string(Workload workload) { return word_of(kWorkloads, workload); }
std::string_view to_string(ServiceType type) { return word_of(kServiceTypes, type); }

Cluster decode_cluster(const doc::Value* value, base::Diagnostics& problems) {
  Cluster cluster;
  if (value == nullptr || value->is_null()) return cluster;
  Fields fields(*value, "`cluster`", problems);
  cluster.span = value->span();
  cluster.registry = decode_registry(fields);
  cluster.namespace_name = name_field(fields, "namespace", patch::is_dns_label);
  cluster.context = fields.text_or("context", "");
  cluster.workload = choice(fields, "workload", kWorkloads);
  if (const doc::Value* storage = fields.node("storage")) cluster.storage = decode_storage(*storage, "the storage of `cluster`", {}, problems);
  each_entry(fields, "volumes", [&](const doc::Entry& entry) {
    cluster.volumes[entry.key] = decode_storage(entry.value, fmt::format("volume `{}` of `cluster`", entry.key), cluster.storage, problems);
  });
  each_entry(fields, "containers", [&](const doc::Entry& entry) { cluster.containers[entry.key] = decode_container(entry, problems); });
  each_entry(fields, "services", [&](const doc::Entry& entry) { cluster.services[entry.key] = decode_service(entry, problems); });
  cluster.ingress = decode_ingress(fields.node("ingress"), problems);
  cluster.pull_secrets = fields.texts("pull_secrets");
  cluster.egress = decode_egress(fields);
  fields.finish();
  return cluster;
}

const Storage& Cluster::storage_of(const std::string& volume) const {
  const auto found = volumes.find(volume);
  return found == volumes.end() ? storage : found->second;
}

ContainerNeeds Cluster::needs_of(const std::string& container) const {
  const auto found = containers.find(container);
  return found == containers.end() ? ContainerNeeds{} : found->second;
}

PortService Cluster::service_of(const std::string& port) const {
  const auto found = services.find(port);
  return found == services.end() ? PortService{} : found->second;
}

}  // namespace model
