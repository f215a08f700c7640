// How the lists and maps of Kubernetes' built-in kinds merge: by which key, or not at all.
// A view of a compiled-in table; knows nothing of values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patch {

/// What a field holds, and what a strategic merge does with it.
enum class Shape : std::uint8_t {
  kMap,          ///< merged key by key
  kReplacedMap,  ///< replaced as a whole
  kList,         ///< replaced as a whole
  kMergedList,   ///< merged by key, or as a set if the elements are scalars
};

struct FieldSchema;

/// The fields of one Kubernetes type, as far as they are maps or lists. Cheap to copy, never dangles.
class ListSchema {
 public:
  /// The schema of a built-in kind (`apps/v1`, `Deployment`), or nothing for kinds that aren't known.
  static std::optional<ListSchema> find(std::string_view api_version, std::string_view kind);

  /// A field by its exact name, or nothing if the type has no map or list of that name.
  std::optional<FieldSchema> field(std::string_view name) const;

  /// The type's name in Kubernetes' API (`PodSpec`), for messages.
  std::string_view name() const;
  /// Names of all fields that are maps or lists, sorted.
  std::vector<std::string> field_names() const;

 private:
  explicit ListSchema(std::uint16_t type) : type_(type) {}

  std::uint16_t type_;
};

struct FieldSchema {
  Shape shape;
  std::string_view merge_key;  ///< of a merged list of maps; else empty
  ListSchema below;            ///< of the map, or of the list's elements

  bool is_list() const { return shape == Shape::kList || shape == Shape::kMergedList; }
};

}  // namespace patch
