// The containers of an environment that is up, wherever that is: what runs in them, and what they say. Commands in them need not know
// whether podman or a cluster has them.
#pragma once

#include <ctime>
#include <stop_token>
#include <string>
#include <vector>

#include "envtool/kube/client.h"
#include "envtool/model/env.h"
#include "envtool/podman/podman.h"
#include "envtool/sys/process.h"

namespace app {

/// Containers have the names that the definition gives them.
class Containers {
 public:
  virtual ~Containers() = default;

  /// Runs a command; a failure of the command is in the result. Throws base::Error if it can't be run.
  virtual sys::Result exec(const std::string& container, const std::vector<std::string>& command, std::stop_token stop) const = 0;
  /// As above; the command reads `input` on its standard input, where nobody else sees it. It is one line: not every way into a container
  /// tells that the input has ended.
  virtual sys::Result exec_with_line(const std::string& container, const std::vector<std::string>& command, const std::string& input,
                                     std::stop_token stop) const = 0;
  /// What a container has logged since then, in full. Throws base::Error if that can't be seen.
  virtual std::string logs_since(const std::string& container, std::time_t since) const = 0;
};

/// In a pod of podman's. Both must outlive this.
class PodmanContainers : public Containers {
 public:
  PodmanContainers(const podman::Podman& podman, const model::Env& env) : podman_(podman), env_(env) {}
  sys::Result exec(const std::string& container, const std::vector<std::string>& command, std::stop_token stop) const override;
  sys::Result exec_with_line(const std::string& container, const std::vector<std::string>& command, const std::string& input,
                             std::stop_token stop) const override;
  std::string logs_since(const std::string& container, std::time_t since) const override;

 private:
  const podman::Podman& podman_;
  const model::Env& env_;
};

/// In a pod of a cluster. The client must outlive this.
class ClusterContainers : public Containers {
 public:
  ClusterContainers(kube::Client& client, kube::Reference pod) : client_(client), pod_(std::move(pod)) {}
  sys::Result exec(const std::string& container, const std::vector<std::string>& command, std::stop_token stop) const override;
  sys::Result exec_with_line(const std::string& container, const std::vector<std::string>& command, const std::string& input,
                             std::stop_token stop) const override;
  std::string logs_since(const std::string& container, std::time_t since) const override;

 private:
  sys::Result run(kube::ExecOptions options, std::stop_token stop) const;

  kube::Client& client_;
  const kube::Reference pod_;
};

}  // namespace app
