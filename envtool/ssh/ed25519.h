// New ed25519 keys (RFC 8032), for the sources of this folder only.
#pragma once

#include "envtool/ssh/private_format.h"

namespace ssh {

Ed25519Key new_ed25519_key();

}  // namespace ssh
