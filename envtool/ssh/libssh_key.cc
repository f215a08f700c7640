#include "envtool/ssh/libssh_key.h"


#include <memory>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"
#include "envtool/ssh/libssh_handles.h"

namespace ssh {

std::string public_blob_of(const std::string& private_text) {
  const KeyHandle key = import_private_key(private_text);
  char* text = nullptr;
  const int exported = ssh_pki_export_pubkey_base64(key.get(), &text);
  const TextHandle owner(text);
  if (exported != SSH_OK) throw base::Error("cannot work out the public part of the private key");
  return base::from_base64(text).value_or("");
}

KeyHandle import_private_key(const std::string& text) {
  ssh_key raw = nullptr;
  const int result = ssh_pki_import_privkey_base64(text.c_str(), "", nullptr, nullptr, &raw);
  KeyHandle key(raw);
  if (result != SSH_OK) {
    throw base::Error("cannot read the private key")
        .hint("it has to be an unencrypted ed25519, ECDSA or RSA key in OpenSSH, PEM or PKCS#8 form");
  }
  return key;
}

}  // namespace ssh
