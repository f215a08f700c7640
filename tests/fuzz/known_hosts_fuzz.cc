// known_hosts files and public keys. The first line of an input is a host, the rest is the file.
#include "envtool/ssh/hosts.h"

#include "tests/fuzz/input.h"

namespace {

void read_back(const ssh::PublicKey& key) {
  fuzz::require(ssh::parse_public_key(key.line()).line() == key.line(), "a public key reads back");
  key.fingerprint();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto [host, text] = fuzz::first_line(fuzz::text_of(bytes, size));
  for (const std::uint16_t port : {std::uint16_t{22}, std::uint16_t{2222}}) {
    for (const ssh::KnownHost& line : ssh::find_host(text, host, port)) read_back(line.key);
  }
  fuzz::may_refuse([&, host = host, text = text] { ssh::require_host(text, "input", host); });
  fuzz::may_refuse([text = text] { read_back(ssh::parse_public_key(text)); });
  return 0;
}
