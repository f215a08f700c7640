#include "envtool/ssh/private_format.h"

#include <algorithm>
#include <array>
#include <utility>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"
#include "envtool/ssh/random.h"
#include "envtool/ssh/wire.h"

namespace ssh {
namespace {

constexpr std::string_view kBegin = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
constexpr std::string_view kEnd = "-----END OPENSSH PRIVATE KEY-----\n";
constexpr std::string_view kMagic{"openssh-key-v1\0", 15};
constexpr std::string_view kEd25519 = "ssh-ed25519";
constexpr std::size_t kLineLength = 70;
constexpr std::size_t kBlockSize = 8;  // of the cipher `none`

/// How many strings stand between a key's type and its comment.
constexpr std::array<std::pair<std::string_view, int>, 6> kFieldCounts{{
    {"ssh-ed25519", 2},
    {"ssh-rsa", 6},
    {"ssh-dss", 5},
    {"ecdsa-sha2-nistp256", 3},
    {"ecdsa-sha2-nistp384", 3},
    {"ecdsa-sha2-nistp521", 3},
}};

/// The check number stands twice: decrypting with a wrong key would make two different ones.
std::string private_section(const Ed25519Key& key, std::string_view comment) {
  WireWriter writer;
  const std::string check = random_bytes(4);
  writer.raw(check);
  writer.raw(check);
  writer.string(kEd25519);
  writer.string(key.public_part);
  writer.string(key.private_part);
  writer.string(comment);
  for (char padding = 1; writer.size() % kBlockSize != 0; ++padding) writer.raw({&padding, 1});
  return writer.take();
}

std::string wrapped(std::string_view base64) {
  std::string lines;
  for (; !base64.empty(); base64.remove_prefix(std::min(kLineLength, base64.size()))) {
    lines += base64.substr(0, kLineLength);
    lines += '\n';
  }
  return lines;
}

/// A reader behind the check numbers. Throws if they differ.
WireReader open_section(const Container& container) {
  WireReader reader(container.private_section);
  if (reader.number() != reader.number()) throw base::Error("the private key is damaged: its check numbers differ");
  return reader;
}

}  // namespace

std::string public_blob(const Ed25519Key& key) {
  WireWriter writer;
  writer.string(kEd25519);
  writer.string(key.public_part);
  return writer.take();
}

std::string write_container(const Ed25519Key& key, std::string_view comment) {
  WireWriter writer;
  writer.raw(kMagic);
  writer.string("none");
  writer.string("none");
  writer.string("");
  writer.number(1);
  writer.string(public_blob(key));
  writer.string(private_section(key, comment));
  return std::string(kBegin) + wrapped(base::to_base64(writer.take())) + std::string(kEnd);
}

bool is_container(std::string_view text) { return text.starts_with(kBegin.substr(0, kBegin.size() - 1)); }

Container read_container(std::string_view text) {
  if (!text.starts_with(kBegin)) throw base::Error("the private key does not begin as OpenSSH's format does");
  text.remove_prefix(kBegin.size());
  const std::size_t end = text.find(kEnd);
  if (end == std::string_view::npos) throw base::Error("the private key has no whole END line");
  const std::optional<std::string> bytes = base::from_base64(text.substr(0, end));
  if (!bytes || !bytes->starts_with(kMagic)) throw base::Error("the private key is damaged");
  WireReader reader(std::string_view(*bytes).substr(kMagic.size()));
  Container container;
  container.cipher = reader.string();
  reader.string();  // the name of the key derivation
  reader.string();  // its options
  if (reader.number() != 1) throw base::Error("expected one private key in the container, found another number");
  container.public_blob = reader.string();
  container.private_section = reader.string();
  return container;
}

std::optional<std::string> comment_of(const Container& container) {
  WireReader reader = open_section(container);
  const std::string_view type = reader.string();
  const auto known = std::find_if(kFieldCounts.begin(), kFieldCounts.end(),
                                  [&](const auto& field_count) { return field_count.first == type; });
  if (known == kFieldCounts.end()) return std::nullopt;
  for (int i = 0; i < known->second; ++i) reader.string();
  return std::string(reader.string());
}

Ed25519Key read_ed25519(const Container& container) {
  WireReader reader = open_section(container);
  if (reader.string() != kEd25519) throw base::Error("expected an ed25519 key in the container");
  Ed25519Key key;
  key.public_part = reader.string();
  key.private_part = reader.string();
  if (!key.private_part.ends_with(key.public_part) || key.private_part.size() != 2 * key.public_part.size()) {
    throw base::Error("the private key is damaged: its two parts don't belong together");
  }
  return key;
}

}  // namespace ssh
