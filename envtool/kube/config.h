// Which cluster, and as whom: kubeconfig files as kubectl reads them, or the service account of a pod. Asks no server.
// Sources: kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig and the package clientcmd of client-go.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "envtool/base/error.h"
#include "envtool/doc/value.h"

namespace kube {

namespace fs = std::filesystem;

/// What a kubeconfig is looked for in.
struct Surroundings {
  std::string kubeconfig;     ///< $KUBECONFIG: files, separated by colons
  fs::path home;              ///< whose `.kube/config` counts if $KUBECONFIG is empty; may be empty
  std::string service_host;   ///< $KUBERNETES_SERVICE_HOST, which pods have
  std::string service_port;   ///< $KUBERNETES_SERVICE_PORT
  std::string pod_namespace;  ///< $POD_NAMESPACE
  fs::path service_account = "/var/run/secrets/kubernetes.io/serviceaccount";
};

/// Those of this process.
Surroundings surroundings_of_process();

/// What was said on the command line.
struct Choice {
  fs::path kubeconfig = {};  ///< only this file; empty: as the surroundings say
  std::string context = {};  ///< empty: the current context
};

/// Certificates or a key in PEM: text, or the file that holds it, read when it is needed. The text wins.
struct Pem {
  std::string text = {};
  fs::path file = {};

  bool empty() const { return text.empty() && file.empty(); }
};

/// A program that prints credentials (client.authentication.k8s.io).
struct Plugin {
  enum class Input { never, if_available, always };  ///< whether it may read from the terminal

  std::string api_version;
  std::string command;
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;
  Input input = Input::if_available;
  bool wants_cluster = false;
  std::string install_hint;
  doc::Value cluster_config;  ///< the cluster's extension `client.authentication.k8s.io/exec`
};

/// Whom to act as, given the right to; nobody if `user` is empty.
struct Impersonation {
  std::string user;
  std::string uid;
  std::vector<std::string> groups;
  std::vector<std::pair<std::string, std::vector<std::string>>> extra;
};

/// All that a client needs to know. Holds secrets: never print it.
struct Connection {
  std::string context;  ///< its name; empty in a pod without a kubeconfig
  std::string cluster;
  std::string user;
  std::string kubernetes_namespace = "default";

  std::string server;  ///< a URL, without a slash at the end
  Pem authority;       ///< empty: what this machine trusts
  std::string tls_server_name;
  bool insecure = false;  ///< the server's certificate is not checked
  std::string proxy_url;  ///< empty: the proxy variables decide
  bool compressed = true;

  Pem certificate;
  Pem key;
  std::string token;
  fs::path token_file;  ///< is read again and again, and wins over `token`
  std::string basic_user;
  std::string basic_password;
  std::optional<Plugin> plugin;
  Impersonation impersonation;
};

/// The connection that a choice means. Of several files the first one that says something counts; paths are relative to the file that
/// they stand in. Warns of what is dangerous or ignored. Throws base::Error with file, line and column for files that can't be
/// read and for what is contradictory or missing in the parts that the context uses; messages quote no line of these files.
Connection load_connection(const Choice& choice, const Surroundings& surroundings, base::Sources& sources, base::Diagnostics& warnings);

/// Names of contexts.
struct Contexts {
  std::string current;           ///< empty if none is
  std::vector<std::string> all;  ///< in the order of the files
};

/// What can be chosen. Throws as `load_connection` does.
Contexts list_contexts(const Choice& choice, const Surroundings& surroundings, base::Sources& sources);

}  // namespace kube
