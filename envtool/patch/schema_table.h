// The rows of the compiled-in table behind ListSchema, written by tests/peer/patch/schema_table.py.
// Plain data; who looks things up in it is schema.cc.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "envtool/patch/schema.h"

namespace patch::table {

/// A field that is a map or a list; scalar fields have no row.
struct FieldRow {
  std::string_view name;
  std::uint16_t below;  ///< type of the map, or of the list's elements
  Shape shape;
  std::string_view merge_key;
};

/// A type: `count` fields from `first`, sorted by name. Type 0 has no known fields: maps with free keys, scalars.
struct TypeRow {
  std::string_view name;
  std::uint16_t first;
  std::uint16_t count;
};

struct KindRow {
  std::string_view api_version;
  std::string_view kind;
  std::uint16_t type;
};

std::span<const FieldRow> fields();
std::span<const TypeRow> types();
/// Sorted by apiVersion, then by kind.
std::span<const KindRow> kinds();

}  // namespace patch::table
