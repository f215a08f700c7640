#include "envtool/app/cluster_compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "envtool/doc/difference.h"
#include "envtool/doc/json.h"
#include "envtool/manifest/labels.h"

namespace app {
namespace {

using doc::Value;

constexpr std::size_t kLongestShown = 160;

const std::string* name_of(const Value& item) {
  const Value* name = item.find("name");
  return name != nullptr && name->is_string() ? &name->as_string() : nullptr;
}

/// The item of a list that stands for another one: of the same name, or at the same place.
const Value* counterpart(const doc::List& list, const Value& item, std::size_t index) {
  const std::string* name = name_of(item);
  if (name == nullptr) return index < list.size() ? &list[index] : nullptr;
  const auto found = std::ranges::find_if(list, [&](const Value& other) { return name_of(other) != nullptr && *name_of(other) == *name; });
  return found == list.end() ? nullptr : &*found;
}

bool is_empty(const Value& value) { return value.is_null() || (value.is_map() && value.as_map().empty()) || (value.is_list() && value.as_list().empty()); }

/// What no definition says: the server's own fields, and envtool's marks.
Value comparable(Value object) {
  if (!object.is_map()) return object;
  object.as_map().erase("status");
  Value* metadata = object.find("metadata");
  if (metadata == nullptr || !metadata->is_map()) return object;
  for (const char* field : {"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"}) metadata->as_map().erase(field);
  if (Value* labels = metadata->find("labels"); labels != nullptr && labels->is_map()) labels->as_map().erase(manifest::kKeyLabel);
  return object;
}

std::string shown(const Value* value, bool secret) {
  if (value == nullptr) return "";
  if (secret) return "...";
  std::string text = doc::emit_json(*value);
  while (text.ends_with('\n')) text.pop_back();
  if (text.size() > kLongestShown) text = text.substr(0, kLongestShown) + "...";
  return text;
}

bool is_secret(const Value& object, std::string_view path) {
  return doc::text_at(object, "kind") == "Secret" && (path.starts_with("data") || path.starts_with("stringData"));
}

/// Where the definition says a field, or what it is in.
base::Span place_of(const manifest::ClusterObject& wanted, std::string_view path) {
  while (!path.empty()) {
    const Value* said = doc::find_difference(wanted.object, path);
    if (said != nullptr && said->span()) return said->span();
    const std::size_t end = path.find_last_of(".[");
    path = end == std::string_view::npos ? "" : path.substr(0, end);
  }
  return wanted.span;
}

FieldChange change_of(const manifest::ClusterObject& wanted, const std::string& path, const Value* before, const Value* after) {
  const bool secret = is_secret(wanted.object, path);
  return {path, shown(before, secret), shown(after, secret), place_of(wanted, path)};
}

std::int64_t number_at(const Value& object, std::string_view path) {
  const Value* value = doc::at_path(object, path);
  return value != nullptr && value->is_integer() ? value->as_integer() : 0;
}

bool has_condition(const Value& object, std::string_view type) {
  const doc::List& conditions = doc::list_at(object, "status.conditions");
  return std::ranges::any_of(conditions, [&](const Value& one) { return doc::text_at(one, "type") == type && doc::text_at(one, "status") == "True"; });
}

}  // namespace

bool holds(const Value& wanted, const Value& live) {
  if (wanted.is_map() && live.is_map()) {
    return std::ranges::all_of(wanted.as_map(), [&](const doc::Entry& entry) {
      const Value* other = live.find(entry.key);
      return other == nullptr ? is_empty(entry.value) : holds(entry.value, *other);
    });
  }
  if (!wanted.is_list() || !live.is_list()) return wanted == live;
  if (wanted.as_list().size() > live.as_list().size()) return false;
  for (std::size_t i = 0; i < wanted.as_list().size(); ++i) {
    const Value* other = counterpart(live.as_list(), wanted.as_list()[i], i);
    if (other == nullptr || !holds(wanted.as_list()[i], *other)) return false;
  }
  return true;
}

std::vector<FieldChange> changes_between(const manifest::ClusterObject& wanted, const Value& live, const Value& after) {
  const Value left = comparable(live);
  const Value right = comparable(after);
  std::vector<FieldChange> changes;
  for (const doc::Difference& one : doc::differences(left, right)) changes.push_back(change_of(wanted, one.path, one.left, one.right));
  return changes;
}

std::vector<FieldChange> changes_wanted(const manifest::ClusterObject& wanted, const Value& live) {
  const Value left = comparable(wanted.object);
  const Value right = comparable(live);
  std::vector<FieldChange> changes;
  for (const doc::Difference& one : doc::differences(left, right)) {
    if (one.left != nullptr && !is_empty(*one.left)) changes.push_back(change_of(wanted, one.path, one.right, one.left));
  }
  return changes;
}

bool applies(const Value& live, std::string_view manager) {
  const doc::List& managers = doc::list_at(live, "metadata.managedFields");
  return std::ranges::any_of(managers, [&](const Value& one) { return doc::text_at(one, "manager") == manager && doc::text_at(one, "operation") == "Apply"; });
}

std::string label_of(const Value& object, std::string_view label) {
  const Value* labels = doc::at_path(object, "metadata.labels");
  const Value* value = labels != nullptr ? labels->find(label) : nullptr;
  return value != nullptr && value->is_string() ? value->as_string() : "";
}

bool is_ready(const Value& workload) {
  const std::string kind = doc::text_at(workload, "kind");
  if (kind == "Pod") return has_condition(workload, "Ready");
  const std::int64_t wanted = number_at(workload, "spec.replicas");
  const bool seen = number_at(workload, "status.observedGeneration") >= number_at(workload, "metadata.generation");
  return seen && number_at(workload, "status.updatedReplicas") >= wanted && number_at(workload, "status.readyReplicas") >= wanted &&
         number_at(workload, "status.replicas") == wanted;
}

std::string problem_of(const Value& pod) {
  for (const char* path : {"status.initContainerStatuses", "status.containerStatuses"}) {
    for (const Value& status : doc::list_at(pod, path)) {
      for (const char* state : {"state.waiting", "state.terminated", "lastState.terminated"}) {
        const std::string reason = doc::text_at(status, fmt::format("{}.reason", state));
        if (reason.empty() || reason == "Completed" || reason == "ContainerCreating" || reason == "PodInitializing") continue;
        const std::string message = doc::text_at(status, fmt::format("{}.message", state));
        return fmt::format("{}: {}{}{}", doc::text_at(status, "name"), reason, message.empty() ? "" : ": ", message);
      }
    }
  }
  for (const Value& condition : doc::list_at(pod, "status.conditions")) {
    if (doc::text_at(condition, "reason") == "Unschedulable") return doc::text_at(condition, "message");
  }
  return "";
}

}  // namespace app
