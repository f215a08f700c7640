#include "envtool/ssh/random.h"

#include "envtool/base/error.h"
#include "envtool/base/libcrypto.h"
#include "envtool/base/strings.h"

namespace ssh {

std::string random_bytes(std::size_t bytes) {
  std::string result(bytes, '\0');
  if (base::RAND_bytes(reinterpret_cast<unsigned char*>(result.data()), static_cast<int>(bytes)) != 1) {
    throw base::Error("the system's random number generator failed");
  }
  return result;
}

std::string random_base64(std::size_t bytes) { return base::to_base64(random_bytes(bytes)); }

std::string random_hex(std::size_t bytes) { return base::to_hex(random_bytes(bytes)); }

}  // namespace ssh
