// A map while it is being merged into: look-ups and removals in constant time, the order of keys kept.
// Knows nothing of how values merge.
#pragma once

#include <vector>

#include "envtool/doc/value.h"
#include "envtool/patch/key_index.h"

namespace patch {

/// Each key must be appended at most once, and only if `find` does not find it.
class MapEdit {
 public:
  explicit MapEdit(doc::Map map);
  MapEdit(const MapEdit&) = delete;
  MapEdit& operator=(const MapEdit&) = delete;

  /// The entry of a key that was in the map from the start, or null. Good until `take`.
  doc::Entry* find(std::string_view key);
  /// Removes an entry that `find` gave.
  void remove(const doc::Entry& entry);
  /// Adds an entry after all others.
  void append(doc::Entry entry);

  /// The map: what is left of the old entries, then the new ones. The object must not be used afterwards.
  doc::Map take();

 private:
  doc::Map remaining();

  doc::Map map_;
  KeyIndex index_;
  std::vector<bool> removed_;  ///< by position; empty as long as nothing was
  std::vector<doc::Entry> appended_;
};

}  // namespace patch
