#include "envtool/patch/schema.h"

#include <algorithm>
#include <tuple>

#include "envtool/patch/schema_table.h"

namespace patch {
namespace {

using table::FieldRow;
using table::KindRow;

std::span<const FieldRow> fields_of(std::uint16_t type) {
  const table::TypeRow& row = table::types()[type];
  return table::fields().subspan(row.first, row.count);
}

}  // namespace

std::optional<ListSchema> ListSchema::find(std::string_view api_version, std::string_view kind) {
  const auto key = [](const KindRow& row) { return std::tuple(row.api_version, row.kind); };
  const auto found = std::ranges::lower_bound(table::kinds(), std::tuple(api_version, kind), {}, key);
  if (found == table::kinds().end() || key(*found) != std::tuple(api_version, kind)) return std::nullopt;
  return ListSchema(found->type);
}

std::optional<FieldSchema> ListSchema::field(std::string_view name) const {
  const std::span<const FieldRow> rows = fields_of(type_);
  const auto found = std::ranges::lower_bound(rows, name, {}, &FieldRow::name);
  if (found == rows.end() || found->name != name) return std::nullopt;
  return FieldSchema{found->shape, found->merge_key, ListSchema(found->below)};
}

std::string_view ListSchema::name() const { return table::types()[type_].name; }

std::vector<std::string> ListSchema::field_names() const {
  std::vector<std::string> names;
  for (const FieldRow& row : fields_of(type_)) names.emplace_back(row.name);
  return names;
}

}  // namespace patch
