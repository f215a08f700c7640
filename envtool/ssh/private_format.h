// OpenSSH's own container for private keys (PROTOCOL.key in its sources), without encryption.
// For the sources of this folder only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ssh {

/// What an ed25519 private key consists of, as bytes.
struct Ed25519Key {
  std::string public_part;   ///< 32 bytes
  std::string private_part;  ///< 64 bytes: seed and public part
};

/// The wire form of its public part.
std::string public_blob(const Ed25519Key& key);

/// The text form: base64 in lines of 70 characters between BEGIN and END.
std::string write_container(const Ed25519Key& key, std::string_view comment);

/// What the container says without being asked for a passphrase.
struct Container {
  std::string cipher;       ///< `none` or the name of a cipher
  std::string public_blob;  ///< of the first key
  std::string private_section;
};

/// Whether the text claims to be such a container.
bool is_container(std::string_view text);

/// Throws base::Error if the text is not a whole container of one key.
Container read_container(std::string_view text);

/// The comment in an unencrypted private section, if its key type is known.
std::optional<std::string> comment_of(const Container& container);

/// The parts of an ed25519 key in an unencrypted container. Throws base::Error for any other.
Ed25519Key read_ed25519(const Container& container);

}  // namespace ssh
