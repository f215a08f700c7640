// The folder of one deployment: its keys, its deploy ConfigMap, the manifest that was composed for it.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "envtool/app/environment.h"
#include "envtool/base/error.h"
#include "envtool/manifest/compose.h"
#include "envtool/model/deploy.h"
#include "envtool/model/env.h"

namespace app {

/// The values of a deploy ConfigMap's file, or nothing if there is no file. Problems are reported, not thrown.
std::optional<model::DeployValues> read_deploy_config(const fs::path& file, const model::Env& env, base::Sources& sources,
                                                      base::Diagnostics& problems);

class DeployDirectory {
 public:
  explicit DeployDirectory(fs::path folder) : folder_(std::move(folder)) {}

  const fs::path& folder() const { return folder_; }
  fs::path config_file() const { return folder_ / "deploy-configmap.yaml"; }
  fs::path manifest_file() const { return folder_ / "combined.yaml"; }
  fs::path cluster_file() const { return folder_ / "kubernetes.yaml"; }  ///< the same for a cluster

  /// Makes the folder (0700) if there is none.
  void ensure() const;

  /// The values of its deploy ConfigMap, as above.
  std::optional<model::DeployValues> read_config(const model::Env& env, base::Sources& sources, base::Diagnostics& problems) const;
  /// The same, unchecked; empty if there is no file, or none that is YAML.
  model::DeployValues peek_config() const;
  /// Writes a new one with random values where the schema wants them; false if there is one already.
  bool make_config(const model::Env& env) const;

  /// Reports every file that must be there and isn't, can't be read, doesn't fit its counterpart, or is protected by a
  /// passphrase, and what is wrong with a Zenith client's configuration; warns of secrets that others can read. `sources` holds the
  /// texts that problems point at.
  void check_files(const model::Env& env, const model::DeployValues* deploy, base::Sources& sources, base::Diagnostics& problems) const;

  /// Where the environment keeps the keys of hosts that it reaches over SSH, or nothing if it has no file for them.
  std::optional<fs::path> known_hosts_file(const model::Env& env) const;

  /// Makes what a secret needs and lacks. Existing files are never changed.
  void prepare(const model::Secret& secret) const;

  /// Makes new files for secrets. Killed at any instant, all are the old ones, or `finish_rotation` makes all the new ones.
  /// The old ones are kept aside until `forget_former_files`.
  void rotate(const std::vector<model::Secret>& secrets) const;
  /// Ends a rotation that was cut off; nothing happens if none was.
  void finish_rotation() const;
  void forget_former_files() const;

  /// The contents of a secret by key. Throws base::Error if a file is missing or bad.
  manifest::SecretData read_secret(const model::Secret& secret) const;

  /// What changes when the file of a secret (or of the ConfigMap) changes, and tells nothing of its content; nothing while it
  /// isn't there or was never prepared.
  std::optional<std::string> fingerprint(const model::Secret& secret) const;
  std::optional<std::string> config_fingerprint() const;

 private:
  void check_host_is_known(const model::Env& env, const model::DeployValues* deploy, base::Diagnostics& problems) const;
  void check_zenith_client(const model::Env& env, const model::DeployValues& deploy, base::Sources& sources, base::Diagnostics& problems) const;
  std::optional<std::string> fingerprint_of(const std::string& bytes) const;
  void ensure_salt() const;

  fs::path folder_;
};

}  // namespace app
