#include "envtool/ssh/key.h"

#include <fmt/format.h>

#include <array>

#include "envtool/base/error.h"
#include "envtool/base/libcrypto.h"
#include "envtool/base/strings.h"
#include "envtool/ssh/ed25519.h"
#include "envtool/ssh/libssh_key.h"
#include "envtool/ssh/private_format.h"
#include "envtool/ssh/wire.h"

namespace ssh {
namespace {

std::string sha256_bytes(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  base::EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, base::EVP_sha256(), nullptr);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

/// Takes the text up to the next blanks, and those.
std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return word;
}

[[noreturn]] void throw_passphrase() {
  throw base::Error("the private key is protected by a passphrase")
      .hint("remove it with `ssh-keygen -p -f FILE`, giving an empty new passphrase");
}

/// ssh reads the file as it is, so what ssh refuses is refused here, with the reason that ssh does not give.
void check_text(std::string_view text) {
  if (text.find("PRIVATE KEY-----") == std::string_view::npos) {
    throw base::Error("expected a private key, found other text");
  }
  if (text.find('\r') != std::string_view::npos) {
    throw base::Error("the private key has Windows line endings, which ssh refuses")
        .hint("convert it with `sed -i 's/\\r$//' FILE`");
  }
  if (!text.ends_with('\n')) {
    throw base::Error("the private key has no newline at its end, without which ssh refuses it")
        .hint("add one with `echo >> FILE`");
  }
  const std::string_view head = text.substr(0, 200);
  if (head.find("ENCRYPTED") != std::string_view::npos) throw_passphrase();
}

/// The public part that stands beside the private one, in the wire form.
std::string inner_public_blob(const std::optional<Container>& container, std::string_view private_text) {
  const bool is_ed25519 = container && WireReader(container->public_blob).string() == "ssh-ed25519";
  return is_ed25519 ? public_blob(read_ed25519(*container)) : public_blob_of(std::string(private_text));
}

PublicKey key_from_blob(std::string blob, std::string comment) {
  PublicKey key;
  key.type = WireReader(blob).string();
  key.blob = std::move(blob);
  key.comment = std::move(comment);
  return key;
}

}  // namespace

std::string PublicKey::line() const {
  const std::string_view separator = comment.empty() ? "" : " ";
  return fmt::format("{} {}{}{}\n", type, base::to_base64(blob), separator, comment);
}

std::string PublicKey::fingerprint() const {
  std::string digits = base::to_base64(sha256_bytes(blob));
  while (digits.ends_with('=')) digits.pop_back();
  return "SHA256:" + digits;
}

bool same_key(const PublicKey& a, const PublicKey& b) { return a.blob == b.blob; }

KeyPair generate_ed25519(const std::string& comment) {
  if (comment.find_first_of("\r\n") != std::string::npos) {
    throw base::Error("the comment of a key must not hold line breaks");
  }
  const Ed25519Key key = new_ed25519_key();
  KeyPair pair;
  pair.private_text = write_container(key, comment);
  pair.public_key = public_key_of(pair.private_text);
  return pair;
}

PublicKey parse_public_key(std::string_view text) {
  std::string_view line = base::trim(text);
  if (line.find('\n') != std::string_view::npos) throw base::Error("expected one public key, found several lines");
  const std::string_view type = take_word(line);
  const std::string_view base64 = take_word(line);
  std::optional<std::string> blob = base::from_base64(base64);
  if (base64.empty() || !blob || blob->empty()) {
    throw base::Error("expected a public key: its type, base64 text and a comment");
  }
  PublicKey key = key_from_blob(std::move(*blob), std::string(line));
  if (key.type != type) {
    throw base::Error(fmt::format("the public key says `{}`, but its data is of type `{}`", type, key.type));
  }
  return key;
}

PublicKey public_key_of(std::string_view private_text) {
  check_text(private_text);
  std::string comment;
  std::optional<Container> container;
  if (is_container(private_text)) {
    container = read_container(private_text);
    if (container->cipher != "none") throw_passphrase();
    comment = comment_of(*container).value_or("");
  }
  std::string blob = inner_public_blob(container, private_text);
  if (container && container->public_blob != blob) {
    throw base::Error("the private key is damaged: its public and private parts don't belong together");
  }
  return key_from_blob(std::move(blob), std::move(comment));
}

PublicKey complete_pair(std::string_view private_text, const std::optional<std::string>& public_text) {
  PublicKey derived = public_key_of(private_text);
  if (!public_text) return derived;
  PublicKey stated = parse_public_key(*public_text);
  if (same_key(derived, stated)) return stated;
  throw base::Error(fmt::format("the public key {} does not belong to the private key, whose public part is {}",
                                stated.fingerprint(), derived.fingerprint()))
      .hint("write the right one with `ssh-keygen -y -f KEY > KEY.pub`");
}

}  // namespace ssh
