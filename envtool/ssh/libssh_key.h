// What this project asks libssh about keys. For the sources of this folder only.
#pragma once

#include <string>

namespace ssh {

/// The wire form of the public part of an unencrypted private key. Throws base::Error if libssh can't read it.
std::string public_blob_of(const std::string& private_text);

}  // namespace ssh
