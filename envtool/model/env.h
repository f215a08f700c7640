// An environment as plain structs: what a definition says after layering and decoding.
// Knows nothing of YAML, of podman or of Kubernetes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "envtool/base/source.h"
#include "envtool/doc/value.h"
#include "envtool/model/cluster.h"

namespace model {

/// A Git repository that developers edit; cloned once, never overwritten.
struct Repository {
  std::string name;
  std::string url;
  std::string ref;   ///< branch, tag or commit; empty: the remote's default branch
  std::string path;  ///< where the clone goes, below the project
  std::string standin_tree;  ///< a folder of this project that stands in for it; empty: none
  std::string standin_tag;   ///< the version that the stand-in calls itself
  base::Span span;
};

/// What an image is built on: one from outside, or another image of the environment.
struct BaseImage {
  std::string argument;  ///< the build argument that carries the reference
  std::string image;     ///< the one from outside; empty: always `own`
  std::string own;       ///< key of another image of the environment: its stand-in, or the base itself; empty: none
};

/// A root filesystem made with mmdebstrap from the host's package sources.
struct Bootstrap {
  std::string suite;  ///< `host`: what this machine runs
  std::vector<std::string> packages;
};

/// Files of this project that a build wants instead of a package that comes from outside.
struct PinnedPackage {
  std::string argument;      ///< the build argument that carries the requirement
  std::string url;           ///< the Git repository that the default requirement names, for the reachability check
  std::string standin_tree;
  std::string context_path;  ///< where the tree stands in the build context
  std::string requirement;   ///< what the argument becomes when the stand-in is used
};

/// Where a clone stands in a build context, and what of it.
struct RepositoryCopy {
  std::string path;
  std::vector<std::string> only;  ///< files and folders below the clone; empty: all
};

struct Build {
  std::string context;        ///< folder below the project
  std::string containerfile;  ///< below the context
  std::string target;         ///< build stage; empty: the last
  std::string argfile;        ///< KEY=VALUE lines, below the project; empty: none
  std::map<std::string, std::string> arguments;
  std::map<std::string, RepositoryCopy> repositories;  ///< by the repository's name
  std::optional<BaseImage> base;
  std::vector<PinnedPackage> packages;
};

struct Image {
  std::string name;
  std::string reference;  ///< `localhost/brics_jupyterhub:dev-latest`
  std::variant<Build, Bootstrap> source;
  base::Span span;
};

struct Owner {
  std::string user = "root";
  std::uint32_t uid = 0;
  std::string group = "root";
  std::uint32_t gid = 0;
};

/// A named volume that is filled once, when it is made.
struct Volume {
  std::string name;    ///< key in the definition
  std::string object;  ///< its name in podman
  std::vector<std::string> trees;  ///< folders below the project; later ones win
  Owner owner;
  std::map<std::string, std::uint32_t> modes;  ///< path in the volume -> mode, where the default doesn't do
  base::Span span;
};

/// How the bytes of one secret come to be.
struct KeyPairSecret {
  std::string file;     ///< private key in the deploy directory; `.pub` beside it
  std::string comment;
  bool generate = true;  ///< false: must be there already
};
struct FileSecret {
  std::string file;     ///< in the deploy directory
  std::string content;  ///< what it is made with; empty: must be there already
};
struct RandomSecret {
  std::string file;  ///< in the deploy directory, made once
  std::uint32_t bytes = 0;
};

struct Secret {
  std::string name;    ///< key in the definition
  std::string object;  ///< its name in podman and Kubernetes
  std::variant<KeyPairSecret, FileSecret, RandomSecret> source;
  std::string key;     ///< the key that a file or random secret is stored under
  std::map<std::string, Owner> owners;  ///< by key, where it isn't root
  base::Span span;
};

/// The rules for one key of the deploy ConfigMap.
struct DeployKey {
  std::string name;
  std::string type;         ///< one of `deploy_types()`
  std::string description;
  std::optional<std::string> default_value;
  std::vector<std::string> allowed;  ///< empty: whatever the type allows
  std::uint32_t generate_bytes = 0;  ///< a random value is made for a new deploy ConfigMap
  bool fixed = false;                ///< another value than the default is most likely wrong here
  bool secret = false;
  bool required = true;
  bool unused = false;       ///< must be there, but nothing in this environment looks at it
  std::string port;          ///< name of the port that this URL leads to, seen from other machines; empty: none
  base::Span span;
};

struct Deploy {
  std::string object = "deploy-config";
  std::vector<DeployKey> keys;
};

struct Port {
  std::string name;
  std::string container;
  std::uint16_t container_port = 0;
  std::string host_ip;
  std::uint16_t host_port = 0;
  base::Span span = {};
};

/// A file for another machine that works together with this environment; written for its administrator.
struct HostFile {
  std::string name;
  std::string path;           ///< where it belongs on that machine
  std::string template_path;  ///< below the project
  base::Span span;
};

struct HttpCheck {
  std::string port;  ///< name of a port that is published
  std::string path;  ///< template
};
struct ExecCheck {
  std::string container;
  std::vector<std::string> command;
  std::string expect;  ///< regular expression that the output must contain; empty: exit code 0 is enough
};

struct ReadyCheck {
  std::string name;
  std::variant<HttpCheck, ExecCheck> probe;
  std::uint32_t timeout_seconds = 120;
  std::string description;
  base::Span span = {};
};

/// A part of the world outside that may be missing: a layer over the definition brings in what is built from this tree instead.
/// Taken either when the deploy ConfigMap says so or when an image can't be had.
struct Standin {
  std::string name;
  std::string deploy_key;    ///< empty: `image` decides
  std::string deploy_value;  ///< the value of that key which means the stand-in
  std::string image;         ///< the real part, which a registry serves
  doc::Value layer;
  bool taken = false;  ///< whether the layer is part of this environment
  base::Span span;
};

/// The program in the pod that makes sign-in tokens; it takes the options of `envtool token`.
struct TokenSource {
  std::string container;
  std::vector<std::string> command;
};

struct ManifestSource {
  std::string template_path;  ///< below the project
  std::vector<doc::Value> patches;  ///< strategic merge patches, their strings templates
  base::Span span = {};             ///< of the template's path
};

struct Env {
  std::string name;
  std::string instance;  ///< empty: the environment by itself
  std::string title;
  std::string stem;  ///< first part of the names of pod and secrets
  std::string pod;   ///< the pod's name
  bool production = false;  ///< stand-ins only when the command line says so; placeholders refused
  doc::Map parameters;      ///< what templates see
  std::vector<Repository> repositories;
  std::vector<Image> images;
  std::vector<Volume> volumes;
  std::vector<Secret> secrets;
  Deploy deploy;
  std::vector<Port> ports;
  std::string network;  ///< podman network that the pod joins; empty: podman's default
  std::vector<HostFile> host_files;
  std::vector<ReadyCheck> ready;
  std::vector<Standin> standins;
  std::optional<TokenSource> token;
  ManifestSource manifest;
  Cluster cluster;                  ///< what a Kubernetes cluster is told besides
  std::vector<std::string> after_up;  ///< how to go on, shown after `up`; templates
  base::Span span;

  /// What the names of its objects are made of: `dev_dummyauth`, or `dev_dummyauth-a` for its instance `a`.
  std::string id() const;
  /// How commands are told of it: `dev_dummyauth`, or `dev_dummyauth --instance a`.
  std::string words() const;
  /// The name that podman gives one of the pod's containers.
  std::string container(const std::string& key) const;

  const Image* find_image(const std::string& key) const;
  const Repository* find_repository(const std::string& key) const;
  const Port* find_port(const std::string& key) const;
  const DeployKey* find_deploy_key(const std::string& key) const;
};

}  // namespace model
