#include "envtool/patch/apply.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"
#include "envtool/patch/directive.h"
#include "envtool/patch/json_patch.h"
#include "envtool/patch/merge.h"
#include "envtool/patch/strategic.h"

namespace patch {
namespace {

using base::Diagnostics;
using base::Error;
using doc::Value;

std::string text_of(const Value* value) {
  return value != nullptr && value->is_string() ? value->as_string() : std::string();
}

std::string name_of(const Value& object) {
  const Value* metadata = object.find("metadata");
  return metadata != nullptr ? text_of(metadata->find("name")) : std::string();
}

bool is_met(const std::string& wanted, const std::string& found) { return wanted.empty() || wanted == found; }

/// `Pod/jupyter-a`; what isn't known is `*`.
std::string shown(const std::string& kind, const std::string& name) {
  return fmt::format("{}/{}", kind.empty() ? "*" : kind, name.empty() ? "*" : name);
}
std::string shown(const Value& object) { return shown(text_of(object.find("kind")), name_of(object)); }
std::string shown(const Target& target) {
  const std::string text = shown(target.kind, target.name);
  return target.api_version.empty() ? text : fmt::format("{} ({})", text, target.api_version);
}

std::vector<std::string> names_of(const std::vector<Value>& objects) {
  std::vector<std::string> names;
  for (const Value& object : objects) names.push_back(shown(object));
  return names;
}

void report_unmatched(const Patch& patch, const std::vector<Value>& objects, Diagnostics& problems) {
  base::Diagnostic& problem =
      problems.error(fmt::format("patch for `{}` matches no object", shown(patch.target)), patch.content.span());
  const std::vector<std::string> names = names_of(objects);
  problem.notes.push_back(names.empty() ? "there are no objects" : "there are " + base::quoted_list(names));
  const std::optional<std::string> similar = base::nearest(shown(patch.target.kind, patch.target.name), names);
  if (similar && *similar != shown(patch.target)) problem.hints.push_back(fmt::format("did you mean `{}`?", *similar));
}

bool deletes_object(const Patch& patch) {
  const Value* directive = patch.content.find(kPatchKey);
  return patch.type == PatchType::strategic && directive != nullptr && *directive == Value("delete");
}

Value merged(Value object, const Patch& patch) {
  switch (patch.type) {
    case PatchType::strategic: return strategic_merge(std::move(object), patch.content);
    case PatchType::merge: return json_merge_patch(std::move(object), patch.content);
    case PatchType::json: return json_patch(std::move(object), patch.content);
  }
  return object;
}

void check_object(const Value& object, const Patch& patch) {
  const bool complete = !text_of(object.find("apiVersion")).empty() && !text_of(object.find("kind")).empty();
  if (!complete) throw Error("the patch leaves an object without `apiVersion` or `kind`", patch.content.span());
}

Value patched(const Value& object, const Patch& patch) {
  return base::with_context(fmt::format("patching `{}`", shown(object)), [&] {
    Value result = merged(object, patch);
    check_object(result, patch);
    return result;
  });
}

void apply_patch(std::vector<Value>& objects, const Patch& patch, Diagnostics& problems) {
  const auto is_target = [&](const Value& object) { return matches(patch.target, object); };
  if (std::none_of(objects.begin(), objects.end(), is_target)) return report_unmatched(patch, objects, problems);
  if (deletes_object(patch)) return static_cast<void>(std::erase_if(objects, is_target));
  for (Value& object : objects) {
    if (!is_target(object)) continue;
    try {
      object = patched(object, patch);
    } catch (const Error& error) {
      problems.add(error);
    }
  }
}

}  // namespace

Target target_of(const Value& content) {
  return {text_of(content.find("apiVersion")), text_of(content.find("kind")), name_of(content)};
}

bool matches(const Target& target, const Value& object) {
  return is_met(target.api_version, text_of(object.find("apiVersion"))) &&
         is_met(target.kind, text_of(object.find("kind"))) && is_met(target.name, name_of(object));
}

std::vector<Value> apply_patches(std::vector<Value> objects, const std::vector<Patch>& patches) {
  Diagnostics problems;
  for (const Patch& patch : patches) apply_patch(objects, patch, problems);
  problems.throw_if_errors();
  return objects;
}

}  // namespace patch
