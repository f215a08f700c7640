#include "envtool/app/facts.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <future>
#include <iterator>

#include "envtool/app/contents.h"
#include "envtool/app/pushed_images.h"
#include "envtool/app/running_keys.h"
#include "envtool/base/digest.h"
#include "envtool/base/strings.h"
#include "envtool/doc/yaml.h"
#include "envtool/git/inspect.h"
#include "envtool/model/argfile.h"
#include "envtool/podman/monitor.h"
#include "envtool/sys/file.h"

namespace app {
namespace {

plan::Found found_with(const podman::Labels& labels) {
  const auto key = labels.find(kKeyLabel);
  return {true, key == labels.end() ? std::nullopt : std::optional(key->second)};
}

std::optional<std::string> manifest_key_in(const DeployDirectory& deploy) {
  const std::optional<std::string> text = sys::read_file_if_exists(deploy.manifest_file());
  if (!text) return std::nullopt;
  base::Sources sources;
  try {
    for (const doc::Value& object : doc::read_yaml_all(sources.add(deploy.manifest_file().string(), *text))) {
      const doc::Value* labels = doc::at_path(object, "metadata.labels");
      const doc::Value* key = labels != nullptr ? labels->find(kManifestLabel) : nullptr;
      if (key != nullptr && key->is_string()) return key->as_string();
    }
  } catch (const base::Error&) {
    // Whatever stands there, it is not what envtool wrote: the manifest is written anew.
  }
  return std::nullopt;
}

/// The folder of all volumes, as the place of one of them tells.
std::string folder_of(const podman::Volume& volume) {
  const std::string own = "/" + volume.name + "/_data";
  return volume.mount_point.ends_with(own) ? volume.mount_point.substr(0, volume.mount_point.size() - own.size()) : "";
}

void add_volumes(const podman::Podman& podman, plan::Facts& facts) {
  std::map<std::string, std::string> fills;
  for (const podman::Volume& volume : podman.volumes()) {
    if (facts.volume_folder.empty()) facts.volume_folder = folder_of(volume);
    facts.volumes[volume.name] = found_with(volume.labels);
    if (const auto fill = volume.labels.find(kFillLabel); fill != volume.labels.end()) fills[volume.name] = fill->second;
  }
  for (const auto& [name, fill] : fills) {
    const auto mark = fills.find(plan::filling_mark(name));
    facts.volumes[name].complete = mark == fills.end() || mark->second != fill;
  }
}

void add_pod(const podman::Pod& found, plan::Facts& facts) {
  const podman::Pod pod = podman::as_seen(found);
  facts.pod = pod.state == "Running" ? plan::PodState::running : plan::PodState::stopped;
  facts.pod_key = found_with(pod.labels).key;
}

/// What tells one file of a program from its successor.
std::string stamp_of(const fs::path& program) {
  struct stat info {};
  if (stat(program.c_str(), &info) != 0) return {};
  return fmt::format("{} {} {}.{}", program.string(), info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

}  // namespace

DigestMemory::DigestMemory(const Environment& environment)
    : file_(environment.project.state_directory() / (environment.env.id() + ".digests")), cache_(archive::FileDigestCache::parse(sys::read_file_if_exists(file_).value_or(""))) {}

std::string DigestMemory::digest(const std::vector<archive::Layer>& layers) { return archive::digest(layers, cache_); }

void DigestMemory::save() const {
  try {
    sys::make_folder(file_.parent_path());
    sys::write_file(file_, cache_.text(), sys::Access::shared);
  } catch (const base::Error&) {
  }
}

ReadyMemory::ReadyMemory(const Environment& environment)
    : file_(environment.project.state_directory() / (environment.env.id() + ".ready")) {}

std::optional<plan::Key> ReadyMemory::key() const { return sys::read_file_if_exists(file_); }

void ReadyMemory::remember(const plan::Key& key) const {
  sys::make_folder(file_.parent_path());
  sys::write_file(file_, key, sys::Access::shared);
}

void ReadyMemory::forget() const { fs::remove(file_); }

std::optional<std::string> context_digest(const Environment& environment, const model::Image& image, const plan::Facts& facts,
                                          DigestMemory& memory) {
  const auto* build = std::get_if<model::Build>(&image.source);
  if (build == nullptr) return std::nullopt;
  const bool complete = std::all_of(build->repositories.begin(), build->repositories.end(),
                                    [&](const auto& entry) { return facts.repositories.contains(entry.first); });
  if (!complete) return std::nullopt;
  const std::string digest = memory.digest(context_layers(environment.project, environment.env, *build, facts, View::identity));
  return build->argfile.empty() ? digest : base::sha256(digest + sys::read_file(environment.project.root / build->argfile));
}

void add_local_facts(const Environment& environment, const DeployDirectory& deploy, DigestMemory& memory, plan::Facts& facts) {
  const model::Env& env = environment.env;
  facts.host_release = host_release();
  facts.pushed = pushed_images(environment.project);
  for (const model::Repository& repository : env.repositories) {
    if (git::is_repository(environment.project.root / repository.path)) facts.repositories.insert(repository.name);
  }
  for (const model::Image& image : env.images) {
    if (const auto digest = context_digest(environment, image, facts, memory)) facts.contexts[image.name] = *digest;
  }
  for (const model::Volume& volume : env.volumes) {
    facts.seeds[volume.name] = memory.digest(volume_layers(environment.project, env, volume));
  }
  for (const model::Secret& secret : env.secrets) {
    if (const auto fingerprint = deploy.fingerprint(secret)) facts.deploy_files[secret.name] = *fingerprint;
  }
  if (const auto fingerprint = deploy.config_fingerprint()) facts.deploy_files["deploy-config"] = *fingerprint;
  facts.manifest_key = manifest_key_in(deploy);
  facts.ready_key = ReadyMemory(environment).key();
}

void add_podman_facts(const Environment& environment, const podman::Podman& podman, plan::Facts& facts) {
  auto volumes = std::async(std::launch::async, [&] { add_volumes(podman, facts); });
  std::vector<std::string> references;
  for (const model::Image& image : environment.env.images) references.push_back(image.reference);
  const auto& [images, pod] = podman.inspect(references, environment.env.pod);
  for (const podman::Image& image : images) {
    for (const std::string& name : image.names) facts.images[name] = found_with(image.labels);
  }
  if (pod) add_pod(*pod, facts);
  volumes.get();
  if (pod) apply_running_keys(environment.project, environment.env.id(), pod->id, facts);
  facts.target = {manifest::Platform::podman, podman_version(environment.project, podman)};
  manifest::require_supported(facts.target);
}

void add_teardown_facts(const podman::Podman& podman, plan::Remove what, plan::Facts& facts) {
  for (std::string& name : podman.secrets()) facts.podman_secrets.insert(std::move(name));
  if (what != plan::Remove::all) return;
  for (const podman::Image& image : podman.images()) {
    if (!image.labels.contains(kKeyLabel)) continue;
    std::ranges::copy_if(image.names, std::inserter(facts.unfinished_images, facts.unfinished_images.end()), podman::is_name_of_unfinished_build);
  }
}

manifest::Version podman_version(const Project& project, const podman::Podman& podman) {
  const fs::path memory = project.state_directory() / "podman-version";
  const std::string stamp = stamp_of(sys::find_program("podman").value_or(""));
  const std::vector<std::string> known = base::split(sys::read_file_if_exists(memory).value_or(""), '\n');
  if (known.size() >= 2 && !stamp.empty() && known[0] == stamp) return manifest::parse_version(known[1]);
  const std::string version = podman.version();
  const manifest::Version parsed = manifest::parse_version(version);  // nothing else is worth remembering
  try {
    sys::make_folder(memory.parent_path());
    sys::write_file(memory, stamp + "\n" + version + "\n", sys::Access::shared);
  } catch (const base::Error&) {
    // Only remembered to save time.
  }
  return parsed;
}

std::string host_release() {
  const std::string text = sys::read_file_if_exists("/etc/os-release").value_or("");
  for (const std::string& line : base::split(text, '\n')) {
    if (!line.starts_with("VERSION_CODENAME=")) continue;
    std::string name = line.substr(line.find('=') + 1);
    std::erase(name, '"');
    return name;
  }
  return "bookworm";
}

}  // namespace app
