#include "envtool/archive/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "envtool/base/digest.h"

namespace archive {
namespace {

constexpr std::size_t kHexDigits = 64;

std::string content_digest(const Entry& entry, std::string& buffer) {
  base::Sha256 sha;
  read_content(entry, buffer, [&](std::string_view bytes) { sha.update(bytes); });
  return sha.hex();
}

/// One entry as it counts: every field ends with a NUL, which none of them can hold.
std::string record(const Entry& entry, std::string_view content) {
  const std::string kind = std::to_string(static_cast<int>(entry.kind));
  const std::string mode = std::to_string(entry.mode);
  const std::string uid = std::to_string(entry.owner.uid);
  const std::string gid = std::to_string(entry.owner.gid);
  std::string bytes;
  for (const std::string_view field : {std::string_view(entry.path), std::string_view(kind), std::string_view(mode),
                                       std::string_view(entry.owner.user), std::string_view(uid),
                                       std::string_view(entry.owner.group), std::string_view(gid), content,
                                       std::string_view(entry.target)}) {
    bytes += field;
    bytes += '\0';
  }
  return bytes;
}

std::string remembered_digest(const Entry& entry, std::string& buffer, FileDigestCache& cache) {
  if (entry.text != nullptr) return base::sha256(*entry.text);
  if (auto known = cache.find(entry.origin, entry.disk.stamp)) return *known;
  std::string digest = content_digest(entry, buffer);
  cache.add(entry.origin, entry.disk.stamp, digest);
  return digest;
}

template <typename Number>
bool take_number(std::string_view& line, Number& number) {
  const auto [end, failure] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (failure != std::errc() || end == line.data() + line.size() || *end != ' ') return false;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()) + 1);
  return true;
}

bool take_stamp(std::string_view& line, Stamp& stamp) {
  return take_number(line, stamp.device) && take_number(line, stamp.inode) && take_number(line, stamp.size) &&
         take_number(line, stamp.modified) && take_number(line, stamp.changed);
}

std::string digest_with(const std::vector<Layer>& layers,
                        const std::function<std::string(const Entry&, std::string&)>& content_of) {
  base::Sha256 sha;
  std::string buffer;
  walk(layers, [&](const Entry& entry) {
    sha.update(record(entry, entry.kind == Kind::file ? content_of(entry, buffer) : std::string()));
  });
  return sha.hex();
}

}  // namespace

FileDigestCache FileDigestCache::parse(std::string_view text) {
  FileDigestCache cache;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    Known known;
    known.digest = line.substr(0, kHexDigits);
    if (line.size() < kHexDigits + 1 || line[kHexDigits] != ' ') continue;
    line.remove_prefix(kHexDigits + 1);
    if (take_stamp(line, known.stamp)) cache.known_[std::string(line)] = std::move(known);
  }
  return cache;
}

std::string FileDigestCache::text() const {
  std::string text;
  for (const auto& [path, known] : known_) {
    if (!known.used || path.find('\n') != std::string::npos) continue;
    const Stamp& stamp = known.stamp;
    text += fmt::format("{} {} {} {} {} {} {}\n", known.digest, stamp.device, stamp.inode, stamp.size,
                        stamp.modified, stamp.changed, path);
  }
  return text;
}

std::optional<std::string> FileDigestCache::find(const std::string& path, const Stamp& stamp) {
  const auto found = known_.find(path);
  if (found == known_.end() || found->second.stamp != stamp) return std::nullopt;
  found->second.used = true;
  return found->second.digest;
}

void FileDigestCache::add(const std::string& path, const Stamp& stamp, std::string digest) {
  const std::chrono::nanoseconds now = std::chrono::system_clock::now().time_since_epoch();
  const std::chrono::nanoseconds last_change(std::max(stamp.modified, stamp.changed));
  if (now - last_change < settling_) return;
  known_[path] = {stamp, std::move(digest), true};
}

std::string digest(const std::vector<Layer>& layers) { return digest_with(layers, content_digest); }

std::string digest(const std::vector<Layer>& layers, FileDigestCache& cache) {
  return digest_with(layers, [&](const Entry& entry, std::string& buffer) {
    return remembered_digest(entry, buffer, cache);
  });
}

}  // namespace archive
