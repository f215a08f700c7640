// Look-up of many keys in one map in constant time each.
#pragma once

#include <optional>
#include <string_view>
#include <unordered_map>

#include "envtool/doc/value.h"

namespace patch {

/// Positions of a map's keys. Small maps are searched in line, which is faster than hashing; larger ones get a table.
/// Good until keys of the map are added or removed; values may change.
class KeyIndex {
 public:
  explicit KeyIndex(const doc::Map& map);

  /// The position of a key in the map, if it is there.
  std::optional<std::size_t> find(std::string_view key) const;

 private:
  const doc::Map& map_;
  std::unordered_map<std::string_view, std::size_t> table_;
};

}  // namespace patch
