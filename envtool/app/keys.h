// The keys of an environment: which there are, who uses them, whether the running pod has them.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "envtool/app/session.h"
#include "envtool/doc/value.h"

namespace app {

struct KeyStatus {
  std::string secret;
  std::string file;         ///< in the deploy directory
  std::string kind;         ///< `ssh-ed25519`, ..., `random`, `file`
  std::string fingerprint;  ///< of a key pair: `SHA256:...`; of anything else, and where there is no file: empty
  std::vector<std::string> containers;  ///< that mount it
  std::string state;        ///< `in use`, `not in the running pod`, `not running`, `not made yet`
};

/// Every secret of the environment; nothing of a secret itself. Throws base::Error for a bad file.
std::vector<KeyStatus> probe_keys(Session& session, std::stop_token stop);

doc::Value to_value(const KeyStatus& key);

}  // namespace app
