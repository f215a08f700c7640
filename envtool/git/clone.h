// Makes a local copy of a git repository: all of it, or nothing. Knows not what it is for.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

namespace git {

struct CloneProgress {
  unsigned int received_objects = 0;
  unsigned int total_objects = 0;
  std::uint64_t received_bytes = 0;
};

struct CloneRequest {
  std::string url;  ///< a path, or file://, http(s):// or ssh:// (also user@host:path)
  std::string ref;  ///< branch, tag or commit to check out; empty for the branch that the remote's HEAD names
  std::filesystem::path destination;
  std::function<void(const CloneProgress&)> on_progress;  ///< on the calling thread; may throw to give up
  std::stop_token stop;
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds stall_timeout = std::chrono::seconds(60);  ///< from one piece of data to the next
};

/// Clones with the whole history and all tags, by way of a directory beside the destination that is renamed at the end.
/// Proxies and certificates are those that git takes from the environment; SSH uses the agent and the default keys, and
/// only hosts of ~/.ssh/known_hosts. Submodules are left empty. Returns the commit that is checked out, 40 hexadecimal
/// digits, or nothing in an empty repository.
/// Throws base::Error if the destination exists, or the clone fails, takes too long or is stopped; then nothing is left.
std::string clone(const CloneRequest& request);

/// A URL as messages show it: without user name and password.
std::string shown_url(const std::string& url);

}  // namespace git
