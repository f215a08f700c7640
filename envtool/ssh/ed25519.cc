#include "envtool/ssh/ed25519.h"

#include <memory>

#include "envtool/base/error.h"
#include "envtool/base/libcrypto.h"
#include "envtool/ssh/random.h"

namespace ssh {
namespace {

constexpr std::size_t kPartSize = 32;

struct KeyDeleter {
  void operator()(EVP_PKEY* key) const { base::EVP_PKEY_free(key); }
};
using Key = std::unique_ptr<EVP_PKEY, KeyDeleter>;

std::string public_part_of(std::string_view seed) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(seed.data());
  const Key key(base::EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes, seed.size()));
  std::string part(kPartSize, '\0');
  std::size_t size = part.size();
  const bool worked = key && base::EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(part.data()), &size) == 1;
  if (!worked || size != kPartSize) throw base::Error("cannot generate an ed25519 key");
  return part;
}

}  // namespace

Ed25519Key new_ed25519_key() {
  const std::string seed = random_bytes(kPartSize);
  const std::string public_part = public_part_of(seed);
  return {public_part, seed + public_part};
}

}  // namespace ssh
