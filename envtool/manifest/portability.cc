#include "envtool/manifest/portability.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "envtool/manifest/findings.h"

namespace manifest {

using doc::Value;

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::fine: return "fine";
    case Verdict::rewritten: return "rewritten";
    case Verdict::refused: break;
  }
  return "refused";
}

base::Span span_at(const Value& parent, std::string_view path) {
  const Value* value = doc::at_path(parent, path);
  return value != nullptr ? value->span() : parent.span();
}

const Value* pod_spec_of(const Value& object) {
  const std::string kind = doc::text_at(object, "kind");
  if (kind == "Pod") return object.find("spec");
  if (kind == "CronJob") return doc::at_path(object, "spec.jobTemplate.spec.template.spec");
  if (kind == "PodTemplate") return doc::at_path(object, "template.spec");
  return doc::at_path(object, "spec.template.spec");
}

void each_container(const Value& pod_spec, const std::function<void(const Value&)>& work) {
  for (const char* kind : {"initContainers", "containers"}) {
    for (const Value& container : list_at(pod_spec, kind)) work(container);
  }
}

std::string title_of(const Value& object) { return fmt::format("{} `{}`", doc::text_at(object, "kind"), doc::text_at(object, "metadata.name")); }

void check_twins(const std::vector<Value>& objects, Findings& findings) {
  std::set<std::tuple<std::string, std::string, std::string>> seen;
  for (const Value& object : objects) {
    const std::string name = doc::text_at(object, "metadata.name");
    const bool fresh = seen.emplace(doc::text_at(object, "kind"), doc::text_at(object, "metadata.namespace"), name).second;
    if (!fresh && !name.empty()) findings.refuse(fmt::format("there are two of {}", title_of(object)), span_at(object, "metadata.name"));
  }
}

std::vector<Finding> check_portability(const std::vector<Value>& objects, const Target& target) {
  return target.platform == Platform::podman ? check_for_podman(objects, target) : check_for_kubernetes(objects, target);
}

Verdict verdict_of(const std::vector<Finding>& findings) {
  Verdict worst = Verdict::fine;
  for (const Finding& finding : findings) worst = std::max(worst, finding.verdict);
  return worst;
}

}  // namespace manifest
