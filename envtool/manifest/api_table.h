// The rows of the compiled-in table behind ApiType, written by a program of tests/peer/patch/go. Plain data.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace manifest {

/// What a value of Kubernetes' API is in JSON.
enum class Holds : std::uint8_t { kText, kInteger, kReal, kBoolean, kQuantity, kIntOrString, kBytes, kAny, kList, kMap, kObject };

namespace table {

struct FieldRow {
  std::string_view name;
  std::uint16_t type;
};

/// An object has `count` fields from `first`, sorted by name; of lists and maps `first` is the type of their values.
struct TypeRow {
  std::string_view name;  ///< of an object
  Holds holds;
  std::uint16_t first = 0;
  std::uint16_t count = 0;
};

struct KindRow {
  std::string_view api_version;
  std::string_view kind;
  std::uint16_t type;
  std::uint8_t since;  ///< minor version of Kubernetes 1 that serves it first
  std::uint8_t until;  ///< the first that doesn't any more; 0: none that is known
};

std::span<const FieldRow> fields();
std::span<const TypeRow> types();
/// Sorted by apiVersion, then by kind.
std::span<const KindRow> kinds();

}  // namespace table
}  // namespace manifest
