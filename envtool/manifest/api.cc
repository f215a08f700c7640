#include "envtool/manifest/api.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"
#include "envtool/doc/scalar.h"
#include "envtool/model/fields.h"
#include "envtool/patch/quantity.h"

namespace manifest {
namespace {

using doc::Value;

const table::TypeRow& row_of(std::uint16_t number) { return table::types()[number]; }

bool is_quantity(const Value& value) {
  if (value.is_number()) return true;
  try {
    if (value.is_string()) patch::Quantity::parse(value.as_string());
    return value.is_string();
  } catch (const base::Error&) {
    return false;
  }
}

/// Bare words and numbers that kubectl's reader takes for something else than a string, and YAML 1.2 doesn't.
/// Source: go-yaml 2, resolve.go.
bool is_of_yaml_1_1(const std::string& text) {
  constexpr std::array<std::string_view, 18> kWords{"y", "Y", "yes", "Yes", "YES", "n", "N", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF", "", "~"};
  if (std::ranges::find(kWords, text) != kWords.end()) return true;
  std::string digits = text;
  std::erase(digits, '_');
  if (digits != text) return doc::resolve_plain(digits).is_number();
  const bool is_binary = text.starts_with("0b") && text.size() > 2;
  return is_binary && text.find_first_not_of("01", 2) == std::string::npos;
}

/// Whether a string stands bare and kubectl reads it as something else.
bool is_ambiguous(const Value& value) {
  const base::Span span = value.span();
  if (!span || span.begin >= span.source->text.size()) return false;
  const bool bare = std::string_view("\"'|>&*!").find(span.source->text[span.begin]) == std::string_view::npos;
  return bare && is_of_yaml_1_1(value.as_string());
}

struct Fit {
  Holds holds;
  std::string_view wanted;
  bool (*fits)(const Value&);
};
constexpr std::array kFits{
    Fit{Holds::kText, "a string", [](const Value& value) { return value.is_string() && !is_ambiguous(value); }},
    Fit{Holds::kInteger, "an integer", [](const Value& value) { return value.is_integer(); }},
    Fit{Holds::kReal, "a number", [](const Value& value) { return value.is_number(); }},
    Fit{Holds::kBoolean, "a boolean", [](const Value& value) { return value.is_bool(); }},
    Fit{Holds::kQuantity, "a quantity like `500m` or `1Gi`", is_quantity},
    Fit{Holds::kIntOrString, "an integer or a string", [](const Value& value) { return value.is_integer() || value.is_string(); }},
    Fit{Holds::kBytes, "base64", [](const Value& value) { return value.is_string() && base::from_base64(value.as_string()).has_value(); }},
    Fit{Holds::kList, "a list", [](const Value& value) { return value.is_list(); }},
    Fit{Holds::kMap, "a map", [](const Value& value) { return value.is_map(); }},
    Fit{Holds::kObject, "a map", [](const Value& value) { return value.is_map(); }},
};

class Reading {
 public:
  std::vector<Misfit> run(const Value& object, ApiType type) {
    read(object, type, "");
    return std::move(found_);
  }

 private:
  void read(const Value& value, ApiType type, const std::string& path) {
    if (value.is_null() || type.holds() == Holds::kAny) return;
    const Fit& fit = *std::ranges::find(kFits, type.holds(), &Fit::holds);
    if (!fit.fits(value)) return add_wrong(value, fit, path);
    switch (type.holds()) {
      case Holds::kObject: return read_object(value, type, path);
      case Holds::kMap:
        for (const doc::Entry& entry : value.as_map()) read(entry.value, type.element(), doc::join_path(path, entry.key));
        return;
      case Holds::kList:
        for (std::size_t i = 0; i < value.as_list().size(); ++i) read(value.as_list()[i], type.element(), doc::join_path(path, i));
        return;
      default: return;
    }
  }

  void read_object(const Value& value, ApiType type, const std::string& path) {
    for (const doc::Entry& entry : value.as_map()) {
      const std::string below = doc::join_path(path, entry.key);
      if (const auto field = type.field(entry.key)) {
        read(entry.value, *field, below);
        continue;
      }
      const auto near = base::nearest(entry.key, type.field_names());
      found_.push_back({Misfit::What::unknown_field, Holds::kAny, entry.value.is_scalar(), fmt::format("`{}` has no field `{}`", type.name(), entry.key),
                        near ? fmt::format("did you mean `{}`?", *near) : "", entry.key_span, below});
    }
  }

  void add_wrong(const Value& value, const Fit& fit, const std::string& path) {
    const bool right_kind = value.is_string() && (fit.holds == Holds::kText || fit.holds == Holds::kBytes || fit.holds == Holds::kQuantity);
    const std::string found = value.is_scalar() ? fmt::format("`{}`", model::scalar_text(value)) : model::with_article(value.kind());
    const bool to_quote = fit.holds == Holds::kText && value.is_scalar();
    const Misfit::What what = right_kind ? Misfit::What::bad_content : Misfit::What::wrong_type;
    found_.push_back({what, fit.holds, value.is_scalar(), fmt::format("`{}` must be {}, found {}", path, fit.wanted, found),
                      to_quote ? "put it in quotes" : "", value.span(), path});
  }

  std::vector<Misfit> found_;
};

}  // namespace

Holds ApiType::holds() const { return row_of(number_).holds; }
std::string_view ApiType::name() const { return row_of(number_).name; }
ApiType ApiType::element() const { return ApiType(row_of(number_).first); }

std::optional<ApiType> ApiType::field(std::string_view name) const {
  const auto fields = table::fields().subspan(row_of(number_).first, row_of(number_).count);
  const auto found = std::ranges::find(fields, name, &table::FieldRow::name);
  return found == fields.end() ? std::nullopt : std::optional(ApiType(found->type));
}

std::vector<std::string> ApiType::field_names() const {
  std::vector<std::string> names;
  for (const table::FieldRow& row : table::fields().subspan(row_of(number_).first, row_of(number_).count)) names.emplace_back(row.name);
  return names;
}

std::optional<ApiKind> find_kind(std::string_view api_version, std::string_view kind) {
  const auto key = [](const table::KindRow& row) { return std::tuple(row.api_version, row.kind); };
  const auto found = std::ranges::lower_bound(table::kinds(), std::tuple(api_version, kind), {}, key);
  if (found == table::kinds().end() || key(*found) != std::tuple(api_version, kind)) return std::nullopt;
  return ApiKind{ApiType(found->type), found->since, found->until};
}

std::vector<std::string> versions_of(std::string_view kind) {
  std::vector<std::string> versions;
  for (const table::KindRow& row : table::kinds()) {
    if (row.kind == kind) versions.emplace_back(row.api_version);
  }
  return versions;
}

bool Misfit::is_variable() const { return wanted == Holds::kText && path.ends_with("].value") && path.find(".env[") != std::string::npos; }

std::vector<Misfit> misfits(const Value& object, ApiType type) { return Reading().run(object, type); }

}  // namespace manifest
