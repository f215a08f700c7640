#include "envtool/model/fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "envtool/base/strings.h"
#include "envtool/doc/json.h"

namespace model {
namespace {

const doc::Map kNoMap;
const doc::List kNoList;

const doc::Map& map_or_report(const doc::Value& value, const std::string& where, base::Diagnostics& problems) {
  if (value.is_map()) return value.as_map();
  if (!value.is_null()) problems.error(fmt::format("expected a map for {}, found {}", where, with_article(value.kind())), value.span());
  return kNoMap;
}

}  // namespace

Fields::Fields(const doc::Value& value, std::string where, base::Diagnostics& problems)
    : map_(map_or_report(value, where, problems)), span_(value.span()), where_(std::move(where)), problems_(problems) {}

const doc::Value* Fields::node(std::string_view key) {
  known_.emplace_back(key);
  return map_.find(key);
}

const doc::Value* Fields::typed(std::string_view key, doc::Kind kind) {
  const doc::Value* value = node(key);
  if (value == nullptr || value->is_null() || value->kind() == kind) return value != nullptr && value->is_null() ? nullptr : value;
  error(fmt::format("`{}` in {} must be {}, found {}", key, where_, with_article(kind), with_article(value->kind())), value->span());
  return nullptr;
}

std::optional<std::string> Fields::optional_text(std::string_view key) {
  const doc::Value* value = node(key);
  if (value == nullptr || value->is_null()) return std::nullopt;
  if (value->is_string()) return value->as_string();
  auto& problem = error(fmt::format("`{}` in {} must be a string, found {}", key, where_, with_article(value->kind())), value->span());
  if (value->is_scalar()) problem.hints.push_back("put it in quotes");
  return std::nullopt;
}

std::string Fields::text(std::string_view key) {
  if (!has(key)) error(fmt::format("`{}` is missing in {}", key, where_), span_);
  return optional_text(key).value_or("");
}

std::string Fields::text_or(std::string_view key, std::string fallback) {
  return optional_text(key).value_or(std::move(fallback));
}

bool Fields::boolean_or(std::string_view key, bool fallback) {
  const doc::Value* value = typed(key, doc::Kind::boolean);
  return value != nullptr ? value->as_bool() : fallback;
}

std::uint32_t Fields::number_or(std::string_view key, std::uint32_t fallback, std::uint32_t most) {
  const doc::Value* value = typed(key, doc::Kind::integer);
  if (value == nullptr) return fallback;
  if (value->as_integer() >= 0 && value->as_integer() <= most) return static_cast<std::uint32_t>(value->as_integer());
  error(fmt::format("`{}` in {} must be from 0 to {}, found {}", key, where_, most, value->as_integer()), value->span());
  return fallback;
}

std::vector<std::string> Fields::texts(std::string_view key) {
  std::vector<std::string> out;
  for (const doc::Value& item : list(key)) {
    if (item.is_string()) {
      out.push_back(item.as_string());
    } else {
      error(fmt::format("`{}` in {} must hold strings, found {}", key, where_, with_article(item.kind())), item.span());
    }
  }
  return out;
}

std::map<std::string, std::string> Fields::text_map(std::string_view key) {
  std::map<std::string, std::string> out;
  for (const doc::Entry& entry : map(key)) {
    if (entry.value.is_scalar()) {
      out[entry.key] = scalar_text(entry.value);
    } else {
      error(fmt::format("`{}.{}` in {} must be a scalar", key, entry.key, where_), entry.value.span());
    }
  }
  return out;
}

const doc::Map& Fields::map(std::string_view key) {
  const doc::Value* value = typed(key, doc::Kind::map);
  return value != nullptr ? value->as_map() : kNoMap;
}

const doc::List& Fields::list(std::string_view key) {
  const doc::Value* value = typed(key, doc::Kind::list);
  return value != nullptr ? value->as_list() : kNoList;
}

base::Span Fields::span_of(std::string_view key) const {
  const doc::Value* value = map_.find(key);
  return value != nullptr ? value->span() : span_;
}

base::Diagnostic& Fields::error(std::string message, base::Span at) { return problems_.error(std::move(message), at); }

void Fields::finish() {
  for (const doc::Entry& entry : map_) {
    if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
    error(fmt::format("unknown field `{}` in {}", entry.key, where_), entry.key_span)
        .guess(entry.key, known_, "known fields: " + base::join(known_, ", "));
  }
}

std::string with_article(doc::Kind kind) {
  if (kind == doc::Kind::null) return "null";
  return fmt::format("{} {}", kind == doc::Kind::integer ? "an" : "a", to_string(kind));
}

std::string scalar_text(const doc::Value& value) { return value.is_string() ? value.as_string() : doc::canonical_json(value); }

}  // namespace model
