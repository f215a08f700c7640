// A host as the hub's service account meets it: sshd on a free loopback port, the account `jupyterspawner`, sudo with its rules,
// the wrappers and a conda prefix. Account and rules are seen by this sshd alone, in a mount namespace of its own, which takes root.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "envtool/app/slurm_host.h"
#include "envtool/base/strings.h"
#include "envtool/ssh/hosts.h"
#include "envtool/sys/file.h"
#include "tests/peer/archive/programs.h"
#include "tests/peer/ssh/sshd_fixture.h"

namespace peer {

/// What is written on the host before its sshd starts; a test breaks one of them.
struct SlurmHostFiles {
  std::string accept_env = "AcceptEnv JUPYTERHUB_* JPY_API_TOKEN\n";
  std::string env_keep = "Defaults:jupyterspawner env_keep += \"SLURMSPAWNER_JOB_ID JUPYTERHUB_* JPY_API_TOKEN USER HOME SHELL\"\n";
  std::vector<std::string> allowed{"slurmspawner_sbatch", "slurmspawner_squeue", "slurmspawner_scancel"};
  std::vector<std::string> wrappers{"slurmspawner_sbatch", "slurmspawner_squeue", "slurmspawner_scancel"};
  std::vector<std::string> conda{"bin/activate", "envs/jupyter-user-env/bin/python"};
};

class SlurmHostServer {
 public:
  /// Keeps its files in `folder`, which other accounts must be able to enter.
  SlurmHostServer(const std::filesystem::path& folder, const SlurmHostFiles& files)
      : folder_(folder), port_(free_port()), client_key_(ssh::generate_ed25519("hub")), server_(arguments(files)) {
    await("sshd listens", [this] { return listens(port_); });
  }

  /// As an administrator would describe it to the hub.
  app::SlurmHost description() const {
    app::SlurmHost host;
    host.name = "127.0.0.1";
    host.port = port_;
    host.private_key = client_key_.private_text;
    host.public_key = client_key_.public_key.line();
    host.known_hosts = ssh::known_hosts_line({ssh::host_name(host.name, port_)}, host_key("ed25519"));
    host.known_hosts_file = "ssh_known_hosts";
    host.wrappers_bin = (folder_ / "wrappers").native();
    host.conda_prefix = (folder_ / "conda").native();
    host.hub_url = "http://127.0.0.1:" + std::to_string(port_);  // sshd itself: somebody listens there
    return host;
  }

  ssh::PublicKey host_key(const std::string& type) const { return ssh::parse_public_key(sys::read_file(folder_ / ("host_" + type + ".pub"))); }

 private:
  void write(const std::string& name, const std::string& text, mode_t mode) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    sys::write_file(folder_ / name, text, sys::Access::shared);
    ::chmod((folder_ / name).c_str(), mode);
  }

  void write_host(const SlurmHostFiles& files) const {
    for (const std::string& name : files.wrappers) write("wrappers/" + name, "#!/bin/sh\n", 0755);
    for (const std::string& name : files.conda) write("conda/" + name, "", 0644);
    std::string sudoers = "root ALL=(ALL:ALL) ALL\n" + files.env_keep;
    for (const std::string& name : files.allowed) sudoers += "jupyterspawner ALL=(%users) NOPASSWD: " + (folder_ / "wrappers" / name).native() + "\n";
    write("sudoers", sudoers, 0440);
    write("passwd", sys::read_file("/etc/passwd") + "jupyterspawner:x:64040:64040::" + folder_.native() + ":/bin/sh\n", 0644);
    write("group", sys::read_file("/etc/group") + "jupyterspawner:x:64040:\n", 0644);
    write("shadow", sys::read_file("/etc/shadow") + "jupyterspawner:*:19000:0:99999:7:::\n", 0600);
  }

  void write_sshd(const SlurmHostFiles& files) const {
    std::filesystem::create_directories("/run/sshd");
    std::string config = "Port " + std::to_string(port_) + "\nListenAddress 127.0.0.1\nPidFile none\nStrictModes no\nUsePAM no\n" +
                         "AuthenticationMethods publickey\nAuthorizedKeysFile " + (folder_ / "authorized_keys").native() + "\n" + files.accept_env;
    for (const std::string type : {"ed25519", "rsa"}) {
      const std::string path = (folder_ / ("host_" + type)).native();
      run({"ssh-keygen", "-q", "-N", "", "-t", type, "-f", path});
      config += "HostKey " + path + "\n";
    }
    write("sshd_config", config, 0644);
    write("authorized_keys", client_key_.public_key.line(), 0644);
  }

  std::vector<std::string> arguments(const SlurmHostFiles& files) const {
    std::filesystem::permissions(folder_, std::filesystem::perms(0755));
    write_host(files);
    write_sshd(files);
    std::string script;
    for (const char* name : {"passwd", "group", "shadow", "sudoers"}) {
      script += "mount --bind " + base::shell_quote((folder_ / name).native()) + " /etc/" + name + " && ";
    }
    script += "exec /usr/sbin/sshd -D -e -f " + base::shell_quote((folder_ / "sshd_config").native());
    return {"unshare", "--mount", "sh", "-c", script};
  }

  std::filesystem::path folder_;
  std::uint16_t port_;
  ssh::KeyPair client_key_;
  Background server_;
};

}  // namespace peer
