// The built-in kinds of Kubernetes: which fields they have, what fields hold, which versions serve them. A view of a compiled-in
// table.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "envtool/base/source.h"
#include "envtool/doc/value.h"
#include "envtool/manifest/api_table.h"

namespace manifest {

/// A type of the API. Cheap to copy, never dangles.
class ApiType {
 public:
  explicit ApiType(std::uint16_t number) : number_(number) {}

  Holds holds() const;
  /// Of an object; empty for others.
  std::string_view name() const;
  /// Of an object, by its exact name.
  std::optional<ApiType> field(std::string_view name) const;
  std::vector<std::string> field_names() const;
  /// Of a list or map: what its values are.
  ApiType element() const;

 private:
  std::uint16_t number_;
};

struct ApiKind {
  ApiType type;
  int since = 0;  ///< minor version of Kubernetes 1
  int until = 0;  ///< the first that doesn't serve it any more; 0: none
};

/// A built-in kind, or nothing.
std::optional<ApiKind> find_kind(std::string_view api_version, std::string_view kind);
/// The versions of the API that know a kind: `apps/v1`, `apps/v1beta1`.
std::vector<std::string> versions_of(std::string_view kind);

/// A place where a value doesn't fit the API.
struct Misfit {
  enum class What { unknown_field, wrong_type, bad_content } what;
  Holds wanted = Holds::kAny;  ///< of a field that is known
  bool is_scalar = false;      ///< what was found
  std::string message;
  std::string hint;  ///< may be empty
  base::Span span;
  std::string path;  ///< `spec.containers[0].env[1].value`
  /// Whether it is the value of a variable: people leave its quotes out, for podman takes it so.
  bool is_variable() const;
};

/// Everything in an object that an API server with strict validation can't read as its type.
std::vector<Misfit> misfits(const doc::Value& object, ApiType type);

}  // namespace manifest
