#include "envtool/patch/apply.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
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

/// The objects of a set, found by name in constant time. Those that a patch took out or failed on keep their place; what has
/// failed counts as a match of any patch, so that one mistake is one problem.
class Objects {
 public:
  explicit Objects(std::vector<Value> objects) : objects_(std::move(objects)), states_(objects_.size(), State::good) {
    for (std::size_t i = 0; i < objects_.size(); ++i) by_name_[name_of(objects_[i])].push_back(i);
  }

  Value& operator[](std::size_t i) { return objects_[i]; }

  std::vector<std::size_t> matching(const Target& target) const {
    std::vector<std::size_t> found;
    const auto take = [&](std::size_t i) {
      if (states_[i] == State::failed || (states_[i] == State::good && matches(target, objects_[i]))) found.push_back(i);
    };
    if (target.name.empty()) {
      for (std::size_t i = 0; i < objects_.size(); ++i) take(i);
    } else if (const auto named = by_name_.find(target.name); named != by_name_.end()) {
      for (const std::size_t i : named->second) take(i);
    }
    return found;
  }

  void replace(std::size_t i, const std::string& old_name, Value object) {
    objects_[i] = std::move(object);
    const std::string name = name_of(objects_[i]);
    if (name != old_name) by_name_[name].push_back(i);
  }

  bool is_good(std::size_t i) const { return states_[i] == State::good; }
  void remove(std::size_t i) { states_[i] = State::removed; }
  void mark_failed(std::size_t i) { states_[i] = State::failed; }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < objects_.size(); ++i) {
      if (states_[i] != State::removed) names.push_back(shown(objects_[i]));
    }
    return names;
  }

  std::vector<Value> take() {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < objects_.size(); ++i) {
      if (states_[i] != State::removed && kept++ != i) objects_[kept - 1] = std::move(objects_[i]);
    }
    objects_.resize(kept);
    return std::move(objects_);
  }

 private:
  enum class State : std::uint8_t { good, failed, removed };

  std::vector<Value> objects_;
  std::vector<State> states_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_name_;
};

constexpr std::size_t kMostNames = 20;

/// `a`, `b` and `c`, or the first of many.
std::string some_of(std::vector<std::string> names) {
  const std::size_t more = names.size() - std::min(names.size(), kMostNames);
  names.resize(names.size() - more);
  return more == 0 ? base::quoted_list(names) : fmt::format("`{}` and {} more", base::join(names, "`, `"), more);
}

void report_unmatched(const Patch& patch, const Objects& objects, Diagnostics& problems) {
  base::Diagnostic& problem =
      problems.error(fmt::format("patch for `{}` matches no object", shown(patch.target)), patch.content.span());
  if (problems.all().size() > kMostNames) return;  // the names were told often enough
  const std::vector<std::string> names = objects.names();
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

void patch_object(Objects& objects, std::size_t i, const Patch& patch, Diagnostics& problems) {
  const std::string name = name_of(objects[i]);
  const std::string whole_name = shown(objects[i]);
  try {
    Value result = merged(std::move(objects[i]), patch);
    check_object(result, patch);
    objects.replace(i, name, std::move(result));
  } catch (Error& error) {
    error.add_context(fmt::format("patching `{}`", whole_name));
    problems.add(error);
    objects.mark_failed(i);
  }
}

void apply_patch(Objects& objects, const Patch& patch, Diagnostics& problems) {
  const std::vector<std::size_t> targets = objects.matching(patch.target);
  if (targets.empty()) return report_unmatched(patch, objects, problems);
  for (const std::size_t i : targets) {
    if (deletes_object(patch)) {
      objects.remove(i);
    } else if (objects.is_good(i)) {
      patch_object(objects, i, patch, problems);
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
  Objects patched(std::move(objects));
  for (const Patch& patch : patches) apply_patch(patched, patch, problems);
  problems.throw_if_errors();
  return patched.take();
}

}  // namespace patch
