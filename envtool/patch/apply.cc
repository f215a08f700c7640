#include "envtool/patch/apply.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

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

const std::string& text_of(const Value* value) {
  static const std::string none;
  return value != nullptr && value->is_string() ? value->as_string() : none;
}

const std::string& name_of(const Value& object) {
  const Value* metadata = object.find("metadata");
  return text_of(metadata != nullptr ? metadata->find("name") : nullptr);
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

constexpr std::size_t kMostNames = 20;

/// `a`, `b` and `c`, or the first of many.
std::string some_of(std::vector<std::string> names) {
  const std::size_t more = names.size() - std::min(names.size(), kMostNames);
  names.resize(names.size() - more);
  return more == 0 ? base::quoted_list(names) : fmt::format("`{}` and {} more", base::join(names, "`, `"), more);
}

void report_unmatched(const Patch& patch, const std::vector<std::string>& names, Diagnostics& problems) {
  base::Diagnostic& problem =
      problems.error(fmt::format("patch for `{}` matches no object", shown(patch.target)), patch.content.span());
  if (problems.all().size() > kMostNames) return;  // the names were told often enough
  problem.notes.push_back(names.empty() ? "there are no objects" : "there are " + some_of(names));
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

}  // namespace

Target target_of(const Value& content) {
  return {text_of(content.find("apiVersion")), text_of(content.find("kind")), name_of(content)};
}

bool matches(const Target& target, const Value& object) {
  return is_met(target.api_version, text_of(object.find("apiVersion"))) &&
         is_met(target.kind, text_of(object.find("kind"))) && is_met(target.name, name_of(object));
}

Patching::Patching(const std::vector<Patch>& patches) : patches_(patches), matched_(patches.size()) {
  for (std::size_t i = 0; i < patches.size(); ++i) {
    const std::string& name = patches[i].target.name;
    (name.empty() ? of_any_name_ : of_name_[name]).push_back(i);
  }
}

std::size_t Patching::next_for(const std::string& name, std::size_t from) const {
  const auto first_of = [&](const std::vector<std::size_t>& some) {
    const auto found = std::lower_bound(some.begin(), some.end(), from);
    return found == some.end() ? patches_.size() : *found;
  };
  const auto named = of_name_.find(name);
  return std::min(first_of(of_any_name_), named == of_name_.end() ? patches_.size() : first_of(named->second));
}

std::optional<Value> Patching::apply(Value object) {
  std::string name = name_of(object);
  for (std::size_t i = next_for(name, 0); i < patches_.size(); i = next_for(name, i + 1)) {
    if (!matches(patches_[i].target, object)) continue;
    matched_[i] = true;
    if (deletes_object(patches_[i])) return std::nullopt;
    const std::string kind = text_of(object.find("kind"));
    try {
      object = merged(std::move(object), patches_[i]);
      check_object(object, patches_[i]);
    } catch (Error& error) {
      error.add_context(fmt::format("patching `{}`", shown(kind, name)));
      fail(i, name, std::move(error));
      names_.push_back(shown(kind, name));
      return std::nullopt;
    }
    name = name_of(object);
  }
  names_.push_back(shown(object));
  return object;
}

void Patching::fail(std::size_t patch, const std::string& name, Error error) {
  problems_.emplace(patch, std::move(error));
  for (std::size_t i = next_for(name, patch); i < patches_.size(); i = next_for(name, i + 1)) matched_[i] = true;
}

void Patching::finish() const {
  Diagnostics all;
  for (std::size_t i = 0; i < patches_.size(); ++i) {
    if (!matched_[i]) report_unmatched(patches_[i], names_, all);
    for (auto [problem, end] = problems_.equal_range(i); problem != end; ++problem) all.add(problem->second);
  }
  all.throw_if_errors();
}

std::vector<Value> apply_patches(std::vector<Value> objects, const std::vector<Patch>& patches) {
  Patching patching(patches);
  std::vector<Value> patched;
  for (Value& object : objects) {
    if (std::optional<Value> result = patching.apply(std::move(object))) patched.push_back(std::move(*result));
  }
  patching.finish();
  return patched;
}

}  // namespace patch
