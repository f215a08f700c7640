// Random bytes from the cryptographic generator, as text for passwords and tokens. Safe from several threads.
#pragma once

#include <cstddef>
#include <string>

namespace ssh {

/// `bytes` random bytes. Throws base::Error if the generator fails.
std::string random_bytes(std::size_t bytes);

/// The same as standard base64 with padding (RFC 4648).
std::string random_base64(std::size_t bytes);

/// The same as lowercase hexadecimal digits, two per byte.
std::string random_hex(std::size_t bytes);

}  // namespace ssh
