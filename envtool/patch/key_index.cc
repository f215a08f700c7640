#include "envtool/patch/key_index.h"

#include <algorithm>

namespace patch {
namespace {

constexpr std::size_t kSearchedInLine = 12;

}  // namespace

KeyIndex::KeyIndex(const doc::Map& map) : map_(map) {
  if (map.size() <= kSearchedInLine) return;
  table_.reserve(map.size());
  std::size_t position = 0;
  for (const doc::Entry& entry : map) table_.emplace(entry.key, position++);
}

std::optional<std::size_t> KeyIndex::find(std::string_view key) const {
  if (!table_.empty()) {
    const auto found = table_.find(key);
    return found == table_.end() ? std::nullopt : std::optional(found->second);
  }
  const auto found = std::find_if(map_.begin(), map_.end(), [&](const doc::Entry& entry) { return entry.key == key; });
  if (found == map_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - map_.begin());
}

}  // namespace patch
