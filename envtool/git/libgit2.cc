#include "envtool/git/libgit2.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>

#include "envtool/base/error.h"
#include "envtool/git/stream.h"

namespace git {
namespace {

/// The certificates that git itself would trust: its own variable first, then OpenSSL's.
void trust_configured_certificates() {
  for (const char* variable : {"GIT_SSL_CAINFO", "SSL_CERT_FILE"}) {
    const char* file = std::getenv(variable);
    if (file == nullptr || *file == '\0') continue;
    check(git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, file, nullptr),
          fmt::format("use the certificates of `{}` ({})", file, variable));
    return;
  }
}

/// libgit2's library state for as long as the process lives.
class Library {
 public:
  Library() {
    check(git_libgit2_init(), "start libgit2");
    // git refuses repositories of other users because their configuration can name programs to run. libgit2 runs
    // none, and root has to read a user's clones, and a user those that root made.
    check(git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0), "set up libgit2");
    trust_configured_certificates();
    register_streams();
  }
};

}  // namespace

void prepare_libgit2() { [[maybe_unused]] static const Library library; }

std::string last_message() {
  const git_error* error = git_error_last();
  return error == nullptr || error->message == nullptr ? "unknown reason" : error->message;
}

void throw_failure(std::string_view action) {
  throw base::Error(fmt::format("cannot {}: {}", action, last_message()));
}

std::string to_text(const git_oid& id) {
  std::array<char, GIT_OID_HEXSZ + 1> text{};
  return git_oid_tostr(text.data(), text.size(), &id);
}

}  // namespace git
