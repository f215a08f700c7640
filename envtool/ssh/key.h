// SSH keys as text: made, read, matched with each other, named by fingerprint. Knows no files and no hosts.
// No message of an error holds anything of a private key.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ssh {

/// A public key, as in a `.pub` file.
struct PublicKey {
  std::string type;     ///< `ssh-ed25519`, `ssh-rsa`, `ecdsa-sha2-nistp256`, ...
  std::string blob;     ///< the key as it goes over the wire (RFC 4253, section 6.6); bytes
  std::string comment;  ///< may be empty

  /// `type base64 comment` with one newline at the end, as ssh-keygen writes it.
  std::string line() const;
  /// `SHA256:` and 43 base64 characters, as `ssh-keygen -l` shows it.
  std::string fingerprint() const;
};

/// Whether both are the same key; comments don't count.
bool same_key(const PublicKey& a, const PublicKey& b);

/// A private key in OpenSSH's own format and the public key that belongs to it.
struct KeyPair {
  std::string private_text;  ///< a secret
  PublicKey public_key;
};

/// A new ed25519 pair without passphrase. The private text is laid out as ssh-keygen does: see OpenSSH's PROTOCOL.key.
/// Throws base::Error for a comment with a line break.
KeyPair generate_ed25519(const std::string& comment);

/// Reads the text of a `.pub` file or one line of the like. Throws base::Error if it isn't one key.
PublicKey parse_public_key(std::string_view text);

/// The public key of a private key in OpenSSH, PEM or PKCS#8 form; the comment is known only to OpenSSH's form.
/// Throws base::Error with a hint where the text is no private key, is protected by a passphrase, or has line endings
/// that ssh refuses.
PublicKey public_key_of(std::string_view private_text);

/// The public key that goes with a private key: read from `public_text` if there is one, else worked out.
/// Throws base::Error if the two don't belong together, and as the functions above do.
PublicKey complete_pair(std::string_view private_text, const std::optional<std::string>& public_text);

}  // namespace ssh
