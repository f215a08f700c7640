#include "envtool/git/credentials.h"

#include <cstdlib>
#include <string>

#include "envtool/git/libgit2_functions.h"

namespace git {

namespace fs = std::filesystem;

Credentials::Credentials() : agent_left_(std::getenv("SSH_AUTH_SOCK") != nullptr) {
  const char* home = std::getenv("HOME");
  if (home == nullptr) return;
  for (const char* name : {"id_rsa", "id_ecdsa", "id_ed25519"}) {
    const fs::path key = fs::path(home) / ".ssh" / name;
    std::error_code ignored;
    if (fs::is_regular_file(key, ignored)) keys_left_.push_back(key);
  }
}

int Credentials::next(git_credential** out, const char* url_user, unsigned int allowed) {
  const char* user = url_user == nullptr ? "git" : url_user;
  if ((allowed & GIT_CREDENTIAL_USERNAME) != 0) return git_credential_username_new(out, user);
  if ((allowed & GIT_CREDENTIAL_SSH_KEY) != 0) return next_key(out, user);
  git_error_set_str(GIT_ERROR_HTTP, "the server asks for a user name and a password");
  return GIT_EAUTH;
}

int Credentials::next_key(git_credential** out, const char* user) {
  if (agent_left_) {
    agent_left_ = false;
    return git_credential_ssh_key_from_agent(out, user);
  }
  if (keys_left_.empty()) {
    git_error_set_str(GIT_ERROR_SSH, "the server accepts no key of the SSH agent and no default key in ~/.ssh");
    return GIT_EAUTH;
  }
  const std::string key = keys_left_.back().native();
  keys_left_.pop_back();
  return git_credential_ssh_key_new(out, user, nullptr, key.c_str(), "");
}

}  // namespace git
