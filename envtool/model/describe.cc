#include "envtool/model/describe.h"

#include <fmt/format.h>

namespace model {
namespace {

using doc::make_list;
using doc::make_map;
using doc::Value;

Value text_map(const std::map<std::string, std::string>& map) {
  doc::Map out;
  for (const auto& [key, value] : map) out.append(key, value);
  return out;
}

std::string mode(std::uint32_t bits) { return fmt::format("{:04o}", bits); }

/// Leaves out fields that say nothing.
Value without_blanks(std::vector<std::pair<std::string, Value>> entries) {
  std::erase_if(entries, [](const auto& entry) {
    const Value& value = entry.second;
    return value.is_null() || value == Value("") || (value.is_map() && value.as_map().empty()) || (value.is_list() && value.as_list().empty());
  });
  return make_map(std::move(entries));
}

Value owner(const Owner& owner) {
  return make_map({{"user", owner.user}, {"uid", std::int64_t{owner.uid}}, {"group", owner.group}, {"gid", std::int64_t{owner.gid}}});
}

Value repository(const Repository& repository) {
  return without_blanks({{"url", repository.url},
                         {"ref", repository.ref},
                         {"path", repository.path},
                         {"standin", without_blanks({{"tree", repository.standin_tree}, {"tag", repository.standin_tag}})}});
}

struct ImageSource {
  std::vector<std::pair<std::string, Value>> entries;

  void operator()(const Bootstrap& bootstrap) {
    entries.push_back({"bootstrap", without_blanks({{"suite", bootstrap.suite}, {"packages", make_list(bootstrap.packages)}})});
  }
  static Value base(const BaseImage& base) {
    if (base.image.empty()) return make_map({{"argument", base.argument}, {"from", base.own}});
    return without_blanks({{"argument", base.argument}, {"image", base.image}, {"standin", base.own}});
  }
  static Value copy(const RepositoryCopy& copy) {
    return copy.only.empty() ? Value(copy.path) : make_map({{"path", copy.path}, {"only", make_list(copy.only)}});
  }
  void operator()(const Build& build) {
    doc::Map repositories;
    for (const auto& [name, place] : build.repositories) repositories.append(name, copy(place));
    doc::Map packages;
    for (const PinnedPackage& package : build.packages) {
      packages.append(package.argument, make_map({{"url", package.url}, {"standin", package.standin_tree}}));
    }
    entries.insert(entries.end(), {{"context", build.context},
                                   {"containerfile", build.containerfile},
                                   {"target", build.target},
                                   {"argfile", build.argfile},
                                   {"arguments", text_map(build.arguments)},
                                   {"repositories", std::move(repositories)},
                                   {"base", build.base ? base(*build.base) : Value()},
                                   {"packages", std::move(packages)}});
  }
};

Value image(const Image& image) {
  ImageSource source{{{"reference", image.reference}}};
  std::visit(source, image.source);
  return without_blanks(std::move(source.entries));
}

Value volume(const Volume& volume) {
  doc::Map modes;
  for (const auto& [path, bits] : volume.modes) modes.append(path, mode(bits));
  return without_blanks({{"object", volume.object}, {"trees", make_list(volume.trees)}, {"owner", owner(volume.owner)}, {"modes", std::move(modes)}});
}

struct SecretSource {
  Value operator()(const KeyPairSecret& pair) const {
    return make_map({{"kind", "ssh_key_pair"}, {"file", pair.file}, {"comment", pair.comment}, {"generate", pair.generate}});
  }
  Value operator()(const FileSecret& file) const { return make_map({{"kind", "file"}, {"file", file.file}}); }
  Value operator()(const RandomSecret& random) const {
    return make_map({{"kind", "random"}, {"file", random.file}, {"bytes", std::int64_t{random.bytes}}});
  }
};

Value secret(const Secret& secret) {
  doc::Map owners;
  for (const auto& [key, value] : secret.owners) owners.append(key, owner(value));
  return without_blanks({{"object", secret.object}, {"key", secret.key}, {"source", std::visit(SecretSource{}, secret.source)}, {"owners", std::move(owners)}});
}

Value deploy_key(const DeployKey& key) {
  return without_blanks({{"type", key.type},
                         {"description", key.description},
                         {"default", key.default_value ? Value(*key.default_value) : Value()},
                         {"allowed", make_list(key.allowed)},
                         {"generate_bytes", key.generate_bytes > 0 ? Value(std::int64_t{key.generate_bytes}) : Value()},
                         {"fixed", key.fixed ? Value(true) : Value()},
                         {"secret", key.secret ? Value(true) : Value()},
                         {"required", key.required},
                         {"unused", key.unused ? Value(true) : Value()},
                         {"port", key.port}});
}

Value port(const Port& port) {
  return make_map({{"container", port.container},
                   {"container_port", std::int64_t{port.container_port}},
                   {"host_ip", port.host_ip},
                   {"host_port", std::int64_t{port.host_port}}});
}

struct ProbeFields {
  Value operator()(const HttpCheck& check) const { return make_map({{"port", check.port}, {"path", check.path}}); }
  Value operator()(const ExecCheck& check) const {
    return without_blanks({{"container", check.container}, {"command", make_list(check.command)}, {"expect", check.expect}});
  }
};

Value ready_check(const ReadyCheck& check) {
  const char* kind = std::holds_alternative<HttpCheck>(check.probe) ? "http" : "exec";
  return make_map({{"description", check.description}, {"timeout", std::int64_t{check.timeout_seconds}}, {kind, std::visit(ProbeFields{}, check.probe)}});
}

Value host_file(const HostFile& file) { return make_map({{"path", file.path}, {"template", file.template_path}}); }

Value standin(const Standin& standin) {
  const Value deploy = standin.deploy_key.empty() ? Value() : make_map({{"key", standin.deploy_key}, {"value", standin.deploy_value}});
  return without_blanks({{"deploy", deploy}, {"image", standin.image}, {"taken", standin.taken}, {"layer", standin.layer}});
}

Value token(const TokenSource& token) { return make_map({{"container", token.container}, {"command", make_list(token.command)}}); }

Value storage(const Storage& storage) {
  return without_blanks({{"class", storage.storage_class}, {"size", storage.size}, {"access", storage.access}});
}

Value container_needs(const ContainerNeeds& needs) {
  return without_blanks({{"requests", text_map(needs.requests)},
                         {"limits", text_map(needs.limits)},
                         {"capabilities", make_list(needs.capabilities)},
                         {"escalation", needs.escalation ? Value(true) : Value()},
                         {"user", needs.user ? Value(std::int64_t{*needs.user}) : Value()}});
}

Value port_service(const PortService& service) {
  return without_blanks({{"type", to_string(service.type)},
                         {"port", service.port != 0 ? Value(std::int64_t{service.port}) : Value()},
                         {"node_port", service.node_port != 0 ? Value(std::int64_t{service.node_port}) : Value()},
                         {"from", service.from ? make_list(*service.from) : Value()}});
}

Value ingress(const Ingress& ingress) {
  return without_blanks({{"host", ingress.host}, {"port", ingress.port}, {"class", ingress.ingress_class}, {"tls_secret", ingress.tls_secret}});
}

template <typename Part, typename Describe>
Value by_name(const std::map<std::string, Part>& parts, const Describe& one) {
  doc::Map out;
  for (const auto& [name, part] : parts) out.append(name, one(part));
  return out;
}

Value cluster(const Cluster& cluster) {
  doc::Map egress;
  for (const Egress& to : cluster.egress) egress.append(to.name, to.to);
  return without_blanks({{"registry", cluster.registry},
                         {"namespace", cluster.namespace_name},
                         {"context", cluster.context},
                         {"workload", to_string(cluster.workload)},
                         {"storage", storage(cluster.storage)},
                         {"volumes", by_name(cluster.volumes, storage)},
                         {"containers", by_name(cluster.containers, container_needs)},
                         {"services", by_name(cluster.services, port_service)},
                         {"ingress", cluster.ingress ? ingress(*cluster.ingress) : Value()},
                         {"pull_secrets", make_list(cluster.pull_secrets)},
                         {"egress", std::move(egress)}});
}

template <typename Part, typename Describe>
Value named(const std::vector<Part>& parts, const Describe& one) {
  doc::Map out;
  for (const Part& part : parts) out.append(part.name, one(part));
  return out;
}

}  // namespace

Value describe(const Env& env) {
  return without_blanks({{"name", env.name},
                         {"instance", env.instance},
                         {"title", env.title},
                         {"stem", env.stem},
                         {"pod", env.pod},
                         {"production", env.production},
                         {"parameters", env.parameters},
                         {"repositories", named(env.repositories, repository)},
                         {"images", named(env.images, image)},
                         {"volumes", named(env.volumes, volume)},
                         {"secrets", named(env.secrets, secret)},
                         {"deploy", make_map({{"object", env.deploy.object}, {"keys", named(env.deploy.keys, deploy_key)}})},
                         {"ports", named(env.ports, port)},
                         {"network", env.network},
                         {"host_files", named(env.host_files, host_file)},
                         {"ready", named(env.ready, ready_check)},
                         {"standins", named(env.standins, standin)},
                         {"token", env.token ? token(*env.token) : Value()},
                         {"manifest", without_blanks({{"template", env.manifest.template_path}, {"patches", make_list(env.manifest.patches)}})},
                         {"cluster", cluster(env.cluster)},
                         {"after_up", make_list(env.after_up)}});
}

}  // namespace model
