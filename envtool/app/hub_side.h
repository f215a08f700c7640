// What can be seen of a start behind the hub's pages: from the hub's container, over the same ssh and with the same key as the hub's
// own, and on the Slurm host. Where Slurm is in the pod, the host is asked directly, so that a broken ssh hides nothing.
//
// Starts and changes nothing, `cancel` and `run_code` aside. May be interrupted; throws base::Error when commands can't be run there.
#pragma once

#include <chrono>
#include <ctime>
#include <stop_token>
#include <string>
#include <vector>

#include "envtool/app/containers.h"
#include "envtool/http/client.h"
#include "envtool/model/deploy.h"
#include "envtool/model/endpoint.h"
#include "envtool/model/env.h"

namespace app {

struct SlurmJob {
  std::string number;
  std::string state;   ///< `RUNNING`, ...
  std::string reason;  ///< why it waits, or `None`

  bool is_waiting() const;
  bool is_active() const;  ///< waiting, running or about to end
};

/// A person's notebook server, and what lets one in.
struct KernelRequest {
  std::string url;            ///< as seen in the pod, without a slash at the end
  std::string cookies;        ///< secrets
  std::string form_token;
  std::vector<http::Header> headers;  ///< secrets: what else goes along
  std::string code;
  std::chrono::seconds patience{60};
};

class HubSide {
 public:
  /// `containers` must outlive this.
  HubSide(const Containers& containers, const model::Env& env, const model::DeployValues& deploy);

  /// What the service account's shell on the Slurm host makes of a command. `ssh` itself ends with 255.
  sys::Result over_ssh(const std::string& command, std::stop_token stop) const;
  /// Whether sudo lets the service account run the hub's three commands as `account`.
  sys::Result may_submit(const std::string& account, std::stop_token stop) const;

  /// The account's jobs that hubs have submitted, those that are over too as long as Slurm remembers them. Throws base::Error.
  std::vector<SlurmJob> jobs(const std::string& account, std::stop_token stop) const;
  /// Ends a job past the hub. False if that can't be done from here.
  bool cancel(const std::string& number) const;

  /// What the hub has logged since then. Throws base::Error if that can't be seen.
  std::vector<std::string> hub_log(std::time_t since) const;
  /// The last lines of what a job has written, a Python traceback's frames left out; nothing where files of the Slurm host can't be seen.
  std::vector<std::string> job_log(const std::string& account, const std::string& number) const;

  /// Starts a kernel and says what the value of `code` is there, as text.
  sys::Result run_code(const KernelRequest& request, std::stop_token stop) const;

 private:
  sys::Result on_slurm_host(const std::string& command, std::stop_token stop) const;

  const Containers& containers_;
  bool slurm_is_inside_ = false;  ///< in the pod
  model::Endpoint sshd_;          ///< of `sshHostname`
  std::string wrappers_;
};

}  // namespace app
