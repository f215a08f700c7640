#include "envtool/spawn/augment.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "envtool/doc/json.h"
#include "envtool/model/fields.h"
#include "envtool/patch/quantity.h"
#include "envtool/tmpl/print.h"

namespace spawn {
namespace {

using doc::Value;

constexpr std::string_view kContainer = "notebook";

bool has_text(const Value& map, std::string_view key, std::string_view text) {
  const Value* value = map.find(key);
  return value != nullptr && value->is_string() && value->as_string() == text;
}

/// A list that may be absent: then it is made empty. Null for anything else than a list.
doc::List* list_in(Value& map, std::string_view key, base::Diagnostics& problems) {
  Value& value = map[key];
  if (value.is_null()) value = doc::List();
  if (value.is_list()) return &value.as_list();
  problems.error(fmt::format("`{}` must be a list, found {}", key, model::with_article(value.kind())), value.span());
  return nullptr;
}

Value* find_pod(std::vector<Value>& objects, const std::string& key) {
  const auto found = std::find_if(objects.begin(), objects.end(), [&](const Value& object) {
    const Value* metadata = object.find("metadata");
    return has_text(object, "kind", "Pod") && metadata != nullptr && has_text(*metadata, "name", key);
  });
  return found == objects.end() ? nullptr : &*found;
}

Value* find_container(Value& pod, base::Diagnostics& problems) {
  Value* spec = pod.find("spec");
  if (spec == nullptr || !spec->is_map()) return nullptr;
  doc::List* containers = list_in(*spec, "containers", problems);
  if (containers == nullptr) return nullptr;
  const auto found = std::find_if(containers->begin(), containers->end(), [](const Value& c) { return has_text(c, "name", kContainer); });
  return found == containers->end() ? nullptr : &*found;
}

/// An amount as a template or a person writes it: `500m`, 2 or 0.5.
std::string amount_text(const Value& amount) {
  if (amount.is_string()) return amount.as_string();
  return amount.is_real() ? tmpl::real_to_text(amount.as_real()) : doc::emit_json(amount);
}

/// `resources.limits.cpu` in cores, two decimal places.
std::optional<std::string> cores(const Value& container, std::string_view kind, base::Diagnostics& problems) {
  const Value* resources = container.find("resources");
  const Value* amounts = resources == nullptr ? nullptr : resources->find(kind);
  const Value* amount = amounts == nullptr ? nullptr : amounts->find("cpu");
  if (amount == nullptr || amount->is_null()) return std::nullopt;
  try {
    return fmt::format("{:.2f}", patch::Quantity::parse(amount_text(*amount), amount->span()).to_real());
  } catch (const base::Error& error) {
    problems.add(error);
    return std::nullopt;
  }
}

void set_variable(doc::List& environment, const char* name, std::string value) {
  std::erase_if(environment, [&](const Value& variable) { return has_text(variable, "name", name); });
  environment.emplace_back(doc::make_map({{"name", name}, {"value", std::move(value)}}));
}

void augment(Value& container, base::Diagnostics& problems) {
  doc::List* environment = list_in(container, "env", problems);
  if (environment == nullptr) return;
  const Value* image = container.find("image");
  if (image != nullptr && image->is_string()) {
    set_variable(*environment, "JUPYTER_IMAGE", image->as_string());
    set_variable(*environment, "JUPYTER_IMAGE_SPEC", image->as_string());
  }
  if (auto limit = cores(container, "limits", problems)) set_variable(*environment, "CPU_LIMIT", std::move(*limit));
  if (auto guarantee = cores(container, "requests", problems)) set_variable(*environment, "CPU_GUARANTEE", std::move(*guarantee));
}

}  // namespace

void augment_notebook(std::vector<Value>& objects, const std::string& key, base::Diagnostics& problems) {
  Value* pod = find_pod(objects, key);
  if (pod == nullptr) {
    problems.warning(fmt::format("no Pod is called `{}`, the server's key", key));
    return;
  }
  Value* container = find_container(*pod, problems);
  if (container != nullptr) return augment(*container, problems);
  problems.warning(fmt::format("Pod `{}` has no container `{}`: nothing tells its servers their image and their share of the processors", key, kContainer),
                   pod->span());
}

}  // namespace spawn
