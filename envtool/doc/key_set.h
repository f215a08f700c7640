// The keys of a map that is being read, so that one which is given twice is found.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>

#include "envtool/doc/value.h"

namespace doc {

/// Small maps are searched in line, which is faster than hashing; larger ones get a table.
class KeySet {
 public:
  /// Whether a key is new. `map` must hold the keys that were new before, in any order.
  bool add(const Map& map, std::string_view key) {
    if (map.size() < kSearchedInLine) return !map.contains(key);
    if (keys_ == nullptr) {
      keys_ = std::make_unique<std::unordered_set<std::string>>();
      for (const Entry& entry : map) keys_->insert(entry.key);
    }
    return keys_->emplace(key).second;
  }

 private:
  static constexpr std::size_t kSearchedInLine = 16;

  std::unique_ptr<std::unordered_set<std::string>> keys_;
};

}  // namespace doc
