#include "envtool/patch/map_edit.h"

#include <utility>

namespace patch {
namespace {

void append_to(doc::Map& map, doc::Entry& entry) {
  map.append(std::move(entry.key), std::move(entry.value), entry.key_span);
}

}  // namespace

MapEdit::MapEdit(doc::Map map) : map_(std::move(map)), index_(map_) {}

doc::Entry* MapEdit::find(std::string_view key) {
  const std::optional<std::size_t> position = index_.find(key);
  return position ? &map_.begin()[static_cast<std::ptrdiff_t>(*position)] : nullptr;
}

void MapEdit::remove(const doc::Entry& entry) {
  removed_.resize(map_.size());
  removed_[static_cast<std::size_t>(&entry - &*std::as_const(map_).begin())] = true;
}

void MapEdit::append(doc::Entry entry) { appended_.push_back(std::move(entry)); }

doc::Map MapEdit::take() {
  doc::Map result = removed_.empty() ? std::move(map_) : remaining();
  for (doc::Entry& entry : appended_) append_to(result, entry);
  return result;
}

doc::Map MapEdit::remaining() {
  doc::Map result;
  std::size_t position = 0;
  for (doc::Entry& entry : map_) {
    if (!removed_[position++]) append_to(result, entry);
  }
  return result;
}

}  // namespace patch
