#include "envtool/model/decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <regex>

#include "envtool/base/strings.h"
#include "envtool/model/deploy.h"
#include "envtool/model/fields.h"
#include "envtool/model/names.h"

namespace model {
namespace {

constexpr std::uint32_t kMostId = 4'294'967'294;

/// What all decoders share.
struct Task {
  const Variables& variables;
  base::Diagnostics& problems;
  std::string env;  ///< the instance's id
  std::string stem;
};

std::string variable_or(const Task& task, const std::string& name, const std::string& fallback) {
  const auto found = task.variables.find(name);
  return found == task.variables.end() || found->second.empty() ? fallback : found->second;
}

std::uint32_t id_or(const Task& task, const std::string& name, std::uint32_t fallback) {
  const std::string text = variable_or(task, name, std::to_string(fallback));
  std::uint32_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error == std::errc{} && end == text.data() + text.size() && id <= kMostId) return id;
  task.problems.error(fmt::format("the variable `{}` must be a numeric id, found `{}`", name, text));
  return fallback;
}

Owner decode_owner(const Task& task, const doc::Value& value, const std::string& where) {
  Fields fields(value, where, task.problems);
  Owner owner;
  owner.user = fields.text_or("user", owner.user);
  owner.uid = fields.number_or("uid", owner.uid, kMostId);
  owner.group = fields.text_or("group", owner.group);
  owner.gid = fields.number_or("gid", owner.gid, kMostId);
  const std::optional<std::string> prefix = fields.optional_text("override");
  fields.finish();
  if (!prefix) return owner;
  owner.user = variable_or(task, *prefix + "USER", owner.user);
  owner.uid = id_or(task, *prefix + "USER_UID", owner.uid);
  owner.group = variable_or(task, *prefix + "GROUP", owner.group);
  owner.gid = id_or(task, *prefix + "GROUP_GID", owner.gid);
  return owner;
}

void check_path(const Task& task, const std::string& path, const std::string& where, base::Span span,
                std::string_view root = "the project") {
  const std::vector<std::string> parts = base::split(path, '/');
  const bool leaves = std::find(parts.begin(), parts.end(), "..") != parts.end();
  if (!path.starts_with('/') && !leaves) return;
  task.problems.error(fmt::format("`{}` in {} must be a path below {}", path, where, root), span);
}

/// A field that must be there and hold a path.
std::string path_field(const Task& task, Fields& fields, std::string_view key, std::string_view root = "the project") {
  std::string path = fields.text(key);
  check_path(task, path, fields.where(), fields.span_of(key), root);
  return path;
}

std::string path_field_or(const Task& task, Fields& fields, std::string_view key, std::string fallback,
                          std::string_view root = "the project") {
  std::string path = fields.text_or(key, std::move(fallback));
  check_path(task, path, fields.where(), fields.span_of(key), root);
  return path;
}

std::string image_field(Fields& fields, std::string_view key) {
  std::string reference = fields.text(key);
  if (!reference.empty() && !is_image_reference(reference)) {
    fields.error(fmt::format("`{}` in {} must be the name of an image, found `{}`", key, fields.where(), reference), fields.span_of(key))
        .hints.push_back("write it like `localhost/hub:latest`: lowercase, with an optional tag");
  }
  return reference;
}

Repository decode_repository(const Task& task, const doc::Entry& entry) {
  Fields fields(entry.value, fmt::format("repository `{}`", entry.key), task.problems);
  Repository repository{entry.key, fields.text("url"), fields.text_or("ref", ""), path_field(task, fields, "path"), "", "", entry.key_span};
  if (const doc::Value* standin = fields.node("standin"); standin != nullptr && !standin->is_null()) {
    Fields inner(*standin, fmt::format("the stand-in of repository `{}`", entry.key), task.problems);
    repository.standin_tree = path_field(task, inner, "tree");
    repository.standin_tag = inner.text_or("tag", "v0.0.0");
    inner.finish();
  }
  fields.finish();
  return repository;
}

std::optional<BaseImage> decode_base(const Task& task, const doc::Value* value, const std::string& where) {
  if (value == nullptr || value->is_null()) return std::nullopt;
  Fields fields(*value, "the base of " + where, task.problems);
  const std::string argument = fields.text("argument");
  const std::optional<std::string> own = fields.optional_text("from");
  const BaseImage base = own ? BaseImage{argument, "", *own} : BaseImage{argument, image_field(fields, "image"), fields.text_or("standin", "")};
  fields.finish();
  return base;
}

PinnedPackage decode_package(const Task& task, const doc::Value& value, const std::string& where) {
  Fields fields(value, "a package of " + where, task.problems);
  PinnedPackage package;
  package.argument = fields.text("argument");
  package.url = fields.text("url");
  package.context_path = path_field(task, fields, "context_path", "the build context");
  package.requirement = fields.text("requirement");
  if (const doc::Value* standin = fields.node("standin")) {
    Fields inner(*standin, "the stand-in of a package of " + where, task.problems);
    package.standin_tree = path_field(task, inner, "tree");
    inner.finish();
  }
  fields.finish();
  return package;
}

/// A path, or a map that also says what of the clone is there.
RepositoryCopy decode_copy(const Task& task, const doc::Entry& entry, const std::string& where) {
  constexpr std::string_view kRoot = "the build context";
  RepositoryCopy copy;
  if (entry.value.is_scalar()) {
    copy.path = scalar_text(entry.value);
    check_path(task, copy.path, where, entry.value.span(), kRoot);
    return copy;
  }
  Fields fields(entry.value, fmt::format("the repository `{}` of {}", entry.key, where), task.problems);
  copy.path = path_field(task, fields, "path", kRoot);
  copy.only = fields.texts("only");
  for (const std::string& path : copy.only) check_path(task, path, fields.where(), fields.span_of("only"), "the clone");
  fields.finish();
  return copy;
}

Build decode_build(const Task& task, Fields& fields) {
  Build build;
  build.context = path_field(task, fields, "context");
  build.containerfile = path_field_or(task, fields, "containerfile", "Containerfile", "the context");
  build.target = fields.text_or("target", "");
  build.argfile = path_field_or(task, fields, "argfile", "");
  build.arguments = fields.text_map("arguments");
  for (const doc::Entry& entry : fields.map("repositories")) build.repositories[entry.key] = decode_copy(task, entry, fields.where());
  build.base = decode_base(task, fields.node("base"), fields.where());
  for (const doc::Value& package : fields.list("packages")) {
    build.packages.push_back(decode_package(task, package, fields.where()));
  }
  return build;
}

Bootstrap decode_bootstrap(const Task& task, const doc::Value& value, const std::string& where) {
  Fields fields(value, "the bootstrap of " + where, task.problems);
  Bootstrap bootstrap{fields.text_or("suite", "host"), fields.texts("packages")};
  fields.finish();
  return bootstrap;
}

Image decode_image(const Task& task, const doc::Entry& entry) {
  Fields fields(entry.value, fmt::format("image `{}`", entry.key), task.problems);
  Image image;
  image.name = entry.key;
  image.span = entry.key_span;
  image.reference = image_field(fields, "reference");
  if (const doc::Value* bootstrap = fields.node("bootstrap"); bootstrap != nullptr && !bootstrap->is_null()) {
    image.source = decode_bootstrap(task, *bootstrap, fields.where());
  } else {
    image.source = decode_build(task, fields);
  }
  fields.finish();
  return image;
}

Volume decode_volume(const Task& task, const doc::Entry& entry) {
  Fields fields(entry.value, fmt::format("volume `{}`", entry.key), task.problems);
  Volume volume;
  volume.name = entry.key;
  volume.span = entry.key_span;
  volume.object = volume_object(entry.key, task.env);
  volume.trees = fields.texts("trees");
  for (const std::string& tree : volume.trees) check_path(task, tree, fields.where(), fields.span_of("trees"));
  if (const doc::Value* owner = fields.node("owner")) {
    volume.owner = decode_owner(task, *owner, "the owner of " + fields.where());
  }
  for (const doc::Entry& mode : fields.map("modes")) {
    if (mode.value.is_integer() && mode.value.as_integer() >= 0 && mode.value.as_integer() <= 07777) {
      volume.modes[mode.key] = static_cast<std::uint32_t>(mode.value.as_integer());
    } else {
      fields.error(fmt::format("the mode of `{}` in {} must be octal like 0640", mode.key, fields.where()), mode.value.span());
    }
  }
  fields.finish();
  return volume;
}

KeyPairSecret decode_key_pair(const Task& task, const doc::Value& value, const std::string& where) {
  Fields fields(value, "the key pair of " + where, task.problems);
  KeyPairSecret pair{path_field(task, fields, "file", "the deploy directory"), fields.text_or("comment", ""), fields.boolean_or("generate", true)};
  fields.finish();
  return pair;
}

RandomSecret decode_random(const Task& task, const doc::Value& value, const std::string& where) {
  Fields fields(value, "the random bytes of " + where, task.problems);
  RandomSecret random{path_field(task, fields, "file", "the deploy directory"), fields.number_or("bytes", 32, 4096)};
  fields.finish();
  return random;
}

void decode_secret_source(const Task& task, Fields& fields, Secret& secret) {
  const doc::Value* pair = fields.node("ssh_key_pair");
  const doc::Value* random = fields.node("random");
  const std::optional<std::string> file = fields.optional_text("file");
  const int sources = (pair != nullptr) + (random != nullptr) + file.has_value();
  if (sources != 1) {
    fields.error(fmt::format("{} needs one of `ssh_key_pair`, `random` and `file`", fields.where()), secret.span);
  } else if (pair != nullptr) {
    secret.source = decode_key_pair(task, *pair, fields.where());
  } else if (random != nullptr) {
    secret.source = decode_random(task, *random, fields.where());
  } else {
    secret.source = FileSecret{*file, fields.text_or("content", "")};
    check_path(task, *file, fields.where(), fields.span_of("file"), "the deploy directory");
  }
  if (pair == nullptr) secret.key = fields.text("key");
}

Secret decode_secret(const Task& task, const doc::Entry& entry) {
  Fields fields(entry.value, fmt::format("secret `{}`", entry.key), task.problems);
  Secret secret;
  secret.name = entry.key;
  secret.span = entry.key_span;
  secret.object = secret_object(task.stem, entry.key, task.env);
  decode_secret_source(task, fields, secret);
  for (const doc::Entry& owner : fields.map("owners")) {
    secret.owners[owner.key] = decode_owner(task, owner.value, fmt::format("the owner of `{}` in {}", owner.key, fields.where()));
  }
  fields.finish();
  return secret;
}

DeployKey decode_deploy_key(const Task& task, const doc::Entry& entry) {
  Fields fields(entry.value, fmt::format("deploy key `{}`", entry.key), task.problems);
  DeployKey key;
  key.name = entry.key;
  key.span = entry.key_span;
  key.type = fields.text("type");
  key.description = fields.text_or("description", "");
  key.default_value = fields.optional_text("default");
  key.allowed = fields.texts("allowed");
  key.generate_bytes = fields.number_or("generate_bytes", 0, 4096);
  key.fixed = fields.boolean_or("fixed", false);
  key.secret = fields.boolean_or("secret", false);
  key.required = fields.boolean_or("required", true);
  key.unused = fields.boolean_or("unused", false);
  key.port = fields.text_or("port", "");
  if (!key.type.empty() && !is_deploy_type(key.type)) {
    auto& problem = fields.error(fmt::format("unknown type `{}` of {}", key.type, fields.where()), fields.span_of("type"));
    problem.hints.push_back("known types: " + base::join(deploy_types(), ", "));
  }
  fields.finish();
  return key;
}

Deploy decode_deploy(const Task& task, const doc::Value* value) {
  Deploy deploy;
  if (value == nullptr) return deploy;
  Fields fields(*value, "`deploy`", task.problems);
  deploy.object = fields.text_or("object", deploy.object);
  for (const doc::Entry& entry : fields.map("keys")) deploy.keys.push_back(decode_deploy_key(task, entry));
  fields.finish();
  return deploy;
}

Port decode_port(const Task& task, const doc::Entry& entry) {
  Fields fields(entry.value, fmt::format("port `{}`", entry.key), task.problems);
  Port port;
  port.name = entry.key;
  port.span = entry.key_span;
  port.container = fields.text("container");
  port.container_port = static_cast<std::uint16_t>(fields.number_or("container_port", 0, 65535));
  port.host_ip = fields.text_or("host_ip", "127.0.0.1");
  port.host_port = static_cast<std::uint16_t>(fields.number_or("host_port", port.container_port, 65535));
  if (port.container_port == 0) fields.error(fmt::format("{} needs a `container_port` from 1 to 65535", fields.where()), entry.key_span);
  fields.finish();
  return port;
}

bool is_regular_expression(const std::string& text) {
  try {
    const std::regex compiled(text);
    return true;
  } catch (const std::regex_error&) {
    return false;
  }
}

HostFile decode_host_file(const Task& task, const doc::Entry& entry) {
  Fields fields(entry.value, fmt::format("host file `{}`", entry.key), task.problems);
  HostFile file{entry.key, fields.text("path"), fields.text("template"), entry.key_span};
  check_path(task, file.template_path, fields.where(), entry.value.span());
  fields.finish();
  return file;
}

std::string decode_network(Fields& fields) {
  std::string network = fields.text_or("network", "");
  if (!network.empty() && !is_object_name(network)) {
    fields.error(fmt::format("`{}` is no name of a podman network", network), fields.span_of("network"));
  }
  return network;
}

std::variant<HttpCheck, ExecCheck> decode_probe(const Task& task, Fields& fields) {
  const doc::Value* http = fields.node("http");
  const doc::Value* exec = fields.node("exec");
  if ((http == nullptr) == (exec == nullptr)) {
    fields.error(fmt::format("{} needs one of `http` and `exec`", fields.where()), fields.span());
    return HttpCheck{};
  }
  if (http != nullptr) {
    Fields inner(*http, "the request of " + fields.where(), task.problems);
    HttpCheck check{inner.text("port"), inner.text_or("path", "/")};
    inner.finish();
    return check;
  }
  Fields inner(*exec, "the command of " + fields.where(), task.problems);
  ExecCheck check{inner.text("container"), inner.texts("command"), inner.text_or("expect", "")};
  if (!is_regular_expression(check.expect)) {
    inner.error(fmt::format("`expect` in {} must be a regular expression, found `{}`", inner.where(), check.expect), inner.span_of("expect"));
  }
  if (check.command.empty()) inner.error(fmt::format("`command` in {} must name a program", inner.where()), inner.span_of("command"));
  inner.finish();
  return check;
}

ReadyCheck decode_ready(const Task& task, const doc::Entry& entry) {
  Fields fields(entry.value, fmt::format("readiness check `{}`", entry.key), task.problems);
  ReadyCheck check;
  check.name = entry.key;
  check.span = entry.key_span;
  check.probe = decode_probe(task, fields);
  check.timeout_seconds = fields.number_or("timeout", 120, 86400);
  check.description = fields.text_or("description", entry.key);
  fields.finish();
  return check;
}

Standin decode_standin(const Task& task, const doc::Entry& entry) {
  Fields fields(entry.value, fmt::format("stand-in `{}`", entry.key), task.problems);
  Standin standin;
  standin.name = entry.key;
  standin.span = entry.key_span;
  standin.image = fields.text_or("image", "");
  if (const doc::Value* deploy = fields.node("deploy")) {
    Fields inner(*deploy, "the condition of " + fields.where(), task.problems);
    standin.deploy_key = inner.text("key");
    standin.deploy_value = inner.text("value");
    inner.finish();
  }
  if (standin.image.empty() == standin.deploy_key.empty()) {
    fields.error(fmt::format("{} needs one of `deploy` and `image`", fields.where()), entry.key_span);
  }
  standin.layer = doc::Value(fields.map("layer"));
  fields.finish();
  return standin;
}

std::optional<TokenSource> decode_token(const Task& task, const doc::Value* value) {
  if (value == nullptr || value->is_null()) return std::nullopt;
  Fields fields(*value, "`token`", task.problems);
  TokenSource token{fields.text("container"), fields.texts("command")};
  fields.finish();
  return token;
}

ManifestSource decode_manifest(const Task& task, const doc::Value* value) {
  ManifestSource manifest;
  if (value == nullptr) return manifest;
  Fields fields(*value, "`manifest`", task.problems);
  manifest.template_path = path_field(task, fields, "template");
  manifest.span = fields.span_of("template");
  for (const doc::Value& patch : fields.list("patches")) {
    const doc::Value* kind = patch.find("kind");
    if (kind != nullptr && kind->is_string()) {
      manifest.patches.push_back(patch);
    } else {
      fields.error("a patch must be a map that names the `kind` of the objects it is for", patch.span())
          .hints.push_back("for instance `{ kind: Pod, spec: ... }`; with `metadata: { name: ... }` it is for one object only");
    }
  }
  fields.finish();
  return manifest;
}

/// Decodes each entry of a map field; entries set to null are layers that took something away.
template <typename Part>
std::vector<Part> decode_all(const Task& task, Fields& fields, std::string_view key,
                             Part (*decode_one)(const Task&, const doc::Entry&)) {
  std::vector<Part> parts;
  for (const doc::Entry& entry : fields.map(key)) {
    if (!is_object_name(entry.key)) {
      fields.error(fmt::format("`{}` is no name for an entry of `{}`: letters, digits, `_`, `-` and `.` only", entry.key, key),
                   entry.key_span);
    } else if (!entry.value.is_null()) {
      parts.push_back(decode_one(task, entry));
    }
  }
  return parts;
}

template <typename Parts>
auto find_named(const Parts& parts, const std::string& key) -> decltype(&parts.front()) {
  const auto found = std::find_if(parts.begin(), parts.end(), [&](const auto& part) { return part.name == key; });
  return found == parts.end() ? nullptr : &*found;
}

template <typename Parts>
std::vector<std::string> names_of(const Parts& parts) {
  std::vector<std::string> names;
  for (const auto& part : parts) names.push_back(part.name);
  return names;
}

void report_unknown(const Task& task, const std::string& what, const std::string& name, const std::vector<std::string>& known,
                    const std::string& user, base::Span span) {
  task.problems.error(fmt::format("{} names the {} `{}`, which is not defined", user, what, name), span).guess(name, known);
}

void check_build_references(const Task& task, const Env& env, const Image& image, const Build& build) {
  const std::string user = fmt::format("image `{}`", image.name);
  for (const auto& [repository, copy] : build.repositories) {
    if (env.find_repository(repository) == nullptr) {
      report_unknown(task, "repository", repository, names_of(env.repositories), user, image.span);
    }
  }
  if (build.base && !build.base->own.empty() && env.find_image(build.base->own) == nullptr) {
    report_unknown(task, "image", build.base->own, names_of(env.images), user, image.span);
  }
}

const Image* own_base(const Env& env, const Image& image) {
  const Build* build = std::get_if<Build>(&image.source);
  return build != nullptr && build->base ? env.find_image(build->base->own) : nullptr;
}

/// Follows the environment's own bases; more steps than there are images mean a circle that does not pass this image.
void check_bases(const Task& task, const Env& env, const Image& image) {
  const Image* base = own_base(env, image);
  for (std::size_t steps = 0; base != nullptr && base != &image && steps < env.images.size(); ++steps) {
    base = own_base(env, *base);
  }
  if (base == &image) task.problems.error(fmt::format("image `{}` is built on itself", image.name), image.span);
}

void check_standins(const Task& task, const Env& env) {
  std::vector<std::string> keys;
  for (const DeployKey& key : env.deploy.keys) keys.push_back(key.name);
  for (const Standin& standin : env.standins) {
    if (standin.deploy_key.empty() || env.find_deploy_key(standin.deploy_key) != nullptr) continue;
    report_unknown(task, "deploy key", standin.deploy_key, keys, fmt::format("stand-in `{}`", standin.name), standin.span);
  }
}

void check_cluster(const Task& task, const Env& env) {
  for (const auto& [name, storage] : env.cluster.volumes) {
    const bool known = std::ranges::find(env.volumes, name, &Volume::name) != env.volumes.end();
    if (!known) report_unknown(task, "volume", name, names_of(env.volumes), "`cluster`", env.cluster.span);
  }
}

void check_references(const Task& task, const Env& env) {
  check_standins(task, env);
  check_cluster(task, env);
  for (const Image& image : env.images) check_bases(task, env, image);
  for (const Image& image : env.images) {
    if (const Build* build = std::get_if<Build>(&image.source)) check_build_references(task, env, image, *build);
  }
  for (const ReadyCheck& check : env.ready) {
    const HttpCheck* http = std::get_if<HttpCheck>(&check.probe);
    if (http != nullptr && !http->port.empty() && env.find_port(http->port) == nullptr) {
      report_unknown(task, "port", http->port, names_of(env.ports), fmt::format("readiness check `{}`", check.name), check.span);
    }
  }
}

/// The pod's name becomes its host name, which Linux and Kubernetes limit.
void check_names(Fields& fields, const Env& env) {
  constexpr std::size_t kLongestHostName = 63;
  if (!env.stem.empty() && !is_object_name(env.stem)) {
    fields.error(fmt::format("`stem` in {} must be made of letters, digits, `_`, `-` and `.`, found `{}`", fields.where(), env.stem),
                 fields.span_of("stem"));
  } else if (env.pod.size() > kLongestHostName) {
    fields.error(fmt::format("the pod's name `{}` is longer than {} characters", env.pod, kLongestHostName), fields.span_of("stem"))
        .hints.push_back("give the environment, its instance or its `stem` a shorter name");
  }
}

}  // namespace

Env decode(const doc::Value& definition, const std::string& name, const Variables& variables, base::Diagnostics& problems,
           const std::string& instance) {
  Fields fields(definition, fmt::format("environment `{}`", name), problems);
  Env env;
  env.name = name;
  env.instance = instance;
  env.span = definition.span();
  env.title = fields.text_or("title", "");
  env.stem = fields.text("stem");
  env.pod = pod_object(env.stem, env.id());
  check_names(fields, env);
  env.production = fields.boolean_or("production", false);
  env.parameters = fields.map("parameters");
  const Task task{variables, problems, env.id(), env.stem};
  env.repositories = decode_all<Repository>(task, fields, "repositories", decode_repository);
  env.images = decode_all<Image>(task, fields, "images", decode_image);
  env.volumes = decode_all<Volume>(task, fields, "volumes", decode_volume);
  env.secrets = decode_all<Secret>(task, fields, "secrets", decode_secret);
  env.deploy = decode_deploy(task, fields.node("deploy"));
  env.ports = decode_all<Port>(task, fields, "ports", decode_port);
  env.network = decode_network(fields);
  env.host_files = decode_all<HostFile>(task, fields, "host_files", decode_host_file);
  env.ready = decode_all<ReadyCheck>(task, fields, "ready", decode_ready);
  env.standins = decode_all<Standin>(task, fields, "standins", decode_standin);
  env.token = decode_token(task, fields.node("token"));
  env.manifest = decode_manifest(task, fields.node("manifest"));
  env.cluster = decode_cluster(fields.node("cluster"), problems);
  env.after_up = fields.texts("after_up");
  fields.finish();
  check_references(task, env);
  return env;
}

std::vector<Standin> decode_standins(const doc::Value& definition, base::Diagnostics& problems) {
  Fields fields(definition, "the definition", problems);
  const Variables none;
  return decode_all<Standin>({none, problems, "", ""}, fields, "standins", decode_standin);
}

std::string Env::id() const { return instance_id(name, instance); }
std::string Env::container(const std::string& key) const { return fmt::format("{}-{}", pod, key); }
std::string Env::words() const { return instance.empty() ? name : fmt::format("{} --instance {}", name, instance); }

const Image* Env::find_image(const std::string& key) const { return find_named(images, key); }
const Repository* Env::find_repository(const std::string& key) const { return find_named(repositories, key); }
const Port* Env::find_port(const std::string& key) const { return find_named(ports, key); }
const DeployKey* Env::find_deploy_key(const std::string& key) const { return find_named(deploy.keys, key); }

}  // namespace model
