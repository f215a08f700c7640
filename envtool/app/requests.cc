#include "envtool/app/requests.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "envtool/app/contents.h"
#include "envtool/app/facts.h"
#include "envtool/base/strings.h"
#include "envtool/model/argfile.h"
#include "envtool/sys/file.h"

namespace app {
namespace {

constexpr const char* kBundleInBuild = "/run/host-ca.crt";
constexpr const char* kImportedPath = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The CA bundle that this machine's tools are told to use, or the system's where an administrator added a CA to it.
std::optional<std::string> configured_ca_bundle() {
  for (const char* variable : {"PIP_CERT", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"}) {
    const char* path = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
    if (path != nullptr && fs::is_regular_file(path)) return path;
  }
  constexpr const char* kOwnAuthorities = "/usr/local/share/ca-certificates";
  constexpr const char* kSystemBundle = "/etc/ssl/certs/ca-certificates.crt";
  const bool has_own = fs::is_directory(kOwnAuthorities) && !fs::is_empty(kOwnAuthorities);
  return has_own && fs::is_regular_file(kSystemBundle) ? std::optional<std::string>(kSystemBundle) : std::nullopt;
}

/// Lets a build verify TLS as this machine does; nothing of it stays in the image.
void add_ca_bundle(podman::BuildRequest& request) {
  const std::optional<std::string> bundle = configured_ca_bundle();
  if (!bundle) return;
  request.volumes.push_back(fmt::format("{}:{}:ro", *bundle, kBundleInBuild));
  request.arguments["PIP_CERT"] = kBundleInBuild;
  request.arguments["NODE_EXTRA_CA_CERTS"] = kBundleInBuild;
}

std::map<std::string, std::string> read_arguments(const Project& project, const model::Build& build) {
  std::map<std::string, std::string> arguments = build.arguments;
  if (build.argfile.empty()) return arguments;
  base::Sources sources;
  base::Diagnostics problems;
  arguments.merge(model::parse_argfile(sources.add(build.argfile, sys::read_file(project.root / build.argfile)), problems));
  problems.throw_if_errors();
  return arguments;
}

}  // namespace

podman::Labels labels_of(const model::Env& env, const plan::Key& key) {
  podman::Labels labels{{kKeyLabel, key}, {kEnvironmentLabel, env.name}};
  if (!env.instance.empty()) labels[kInstanceLabel] = env.instance;
  return labels;
}

podman::BuildRequest make_build_request(const Environment& environment, const plan::BuildImage& step, const plan::Key& key) {
  const model::Build& build = step.build();
  podman::BuildRequest request;
  request.reference = step.image.reference;
  request.containerfile = build.containerfile;
  request.target = build.target;
  request.arguments = read_arguments(environment.project, build);
  request.labels = {{kKeyLabel, key}};
  if (build.base && step.base != build.base->image) request.arguments[build.base->argument] = step.base;
  for (const model::PinnedPackage& package : build.packages) {
    if (step.packages.at(package.argument) == plan::Choice::standin) request.arguments[package.argument] = package.requirement;
  }
  add_ca_bundle(request);
  return request;
}

std::vector<std::string> bootstrap_command(const plan::BootstrapImage& step, const plan::Facts& facts, const podman::Podman& podman,
                                           const std::string& tar) {
  std::vector<std::string> words{"mmdebstrap", "--variant=minbase"};
  if (geteuid() != 0 || podman.user()) words.emplace_back("--mode=unshare");
  if (!step.bootstrap.packages.empty()) words.push_back("--include=" + base::join(step.bootstrap.packages, ","));
  words.push_back(step.bootstrap.suite == "host" ? facts.host_release : step.bootstrap.suite);
  words.push_back(tar);
  return words;
}

std::vector<std::string> bootstrap_changes(const plan::Key& key) { return {kImportedPath, fmt::format("LABEL {}={}", kKeyLabel, key)}; }

std::vector<archive::Layer> layers_of(const Environment& environment, const DeployDirectory& deploy, const plan::Facts& facts,
                                      const plan::Step& step) {
  if (const auto* image = std::get_if<plan::BuildImage>(&step.payload)) {
    return context_layers(environment.project, environment.env, image->build(), facts, View::content);
  }
  if (const auto* volume = std::get_if<plan::SeedVolume>(&step.payload)) {
    return volume_layers(environment.project, environment.env, volume->volume);
  }
  if (const auto* secret = std::get_if<plan::SeedSecret>(&step.payload)) {
    return secret_layers(secret->secret, secret->modes, deploy.read_secret(secret->secret));
  }
  if (const auto* secret = std::get_if<plan::RefillSecret>(&step.payload)) {
    return secret_layers(secret->secret, secret->modes, deploy.read_secret(secret->secret));
  }
  throw base::Error(fmt::format("step `{}` hands no files to podman", step.id));
}

}  // namespace app
