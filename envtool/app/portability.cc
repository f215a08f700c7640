#include "envtool/app/portability.h"

#include <algorithm>
#include <iterator>

#include "envtool/app/cluster_form.h"
#include "envtool/base/strings.h"

namespace app {
namespace {

using manifest::Finding;
using manifest::Verdict;

/// A name that is never anybody's (RFC 2606).
constexpr const char* kUnknown = "unknown.invalid";

manifest::ClusterInputs inputs_for_checking(const Environment& environment, const DeployDirectory& deploy, const manifest::Target& target) {
  plan::Facts facts;
  facts.target = target;
  manifest::ClusterInputs inputs = cluster_inputs(environment, deploy, facts, registry_images(environment.env), Contents::fingerprints);
  for (const model::DeployKey& key : environment.env.deploy.keys) inputs.deploy.emplace(key.name, key.default_value.value_or(kUnknown));
  return inputs;
}

void add_form(const Environment& environment, const DeployDirectory& deploy, const manifest::Target& target, std::vector<Finding>& findings) {
  base::Diagnostics problems;
  const manifest::ClusterForm form = manifest::to_kubernetes(environment.env, environment.objects, inputs_for_checking(environment, deploy, target), problems);
  for (const base::Diagnostic& problem : problems.all()) {
    if (problem.severity == base::Severity::error) findings.push_back({Verdict::refused, problem.message, base::join(problem.hints, "; "), problem.span});
  }
  for (Finding& finding : manifest::check_portability(manifest::objects_of(form), target)) {
    finding.verdict = Verdict::refused;
    findings.push_back(std::move(finding));
  }
}

}  // namespace

std::vector<Finding> check_portability(const Environment& environment, const DeployDirectory& deploy, const manifest::Target& target) {
  std::vector<Finding> findings = manifest::check_portability(environment.objects, target);
  if (target.platform != manifest::Platform::kubernetes) return findings;
  // What the form is made without: the Pod that podman plays has ports of its machine, and names of podman's.
  add_form(environment, deploy, target, findings);
  return findings;
}

}  // namespace app
