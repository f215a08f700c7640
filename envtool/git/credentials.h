// Answers a server that asks who we are: the SSH agent, then the user's default keys, each once.
// Included by sources only. Asks nobody and keeps no secret.
#pragma once

#include <git2.h>

#include <filesystem>
#include <vector>

namespace git {

/// The attempts of one connection, in order.
class Credentials {
 public:
  Credentials();

  /// As libgit2's callback: 0 and a credential, or a failure when there is nothing left to try.
  int next(git_credential** out, const char* url_user, unsigned int allowed);

 private:
  int next_key(git_credential** out, const char* user);

  bool agent_left_ = false;
  std::vector<std::filesystem::path> keys_left_;  // the next one is the last
};

}  // namespace git
