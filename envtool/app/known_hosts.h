// The host keys that a deploy directory trusts: learnt from the host itself or from a file, written when a person agrees.
#pragma once

#include <filesystem>
#include <string>

#include "envtool/model/endpoint.h"
#include "envtool/ssh/key.h"

namespace app {

/// The key that a host shows; nothing is sent but the greeting. Throws base::Error if the host doesn't answer.
ssh::PublicKey ask_host_key(const model::Endpoint& host);

/// The line for a host's key, with a newline at the end.
std::string known_hosts_line(const model::Endpoint& host, const ssh::PublicKey& key);

enum class Recorded { added, already_there };

/// Adds the host's key to a known_hosts file, which is made if there is none; other lines stay as they are.
/// Throws base::Error when the file states another key of the same type, or the key as a revoked one.
Recorded record_host_key(const std::filesystem::path& file, const model::Endpoint& host, const ssh::PublicKey& key);

}  // namespace app
