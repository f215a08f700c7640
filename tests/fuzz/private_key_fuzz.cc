// Private keys: an input as it is, and as the bytes inside of OpenSSH's container, where mutations of text rarely reach.
#include "envtool/base/strings.h"
#include "envtool/ssh/key.h"
#include "tests/fuzz/input.h"

// What the leak sanitizer need not report: libssh 0.10 loses the name of a key type that it doesn't know.
extern "C" const char* __lsan_default_suppressions();  // the name is the sanitizer's

extern "C" const char* __lsan_default_suppressions() { return "leak:libssh\n"; }

namespace {

std::string container_of(std::string_view bytes) {
  const std::string whole = std::string("openssh-key-v1\0", 15) + std::string(bytes);
  return "-----BEGIN OPENSSH PRIVATE KEY-----\n" + base::to_base64(whole) + "\n-----END OPENSSH PRIVATE KEY-----\n";
}

void read(std::string_view text) {
  fuzz::may_refuse([&] {
    const ssh::PublicKey key = ssh::public_key_of(text);
    fuzz::require(ssh::same_key(ssh::complete_pair(text, key.line()), key), "a private key goes with its public key");
  });
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = fuzz::text_of(bytes, size);
  read(text);
  read(container_of(text));
  return 0;
}
