// What the checks of portability share: collecting findings, and the parts of objects.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "envtool/manifest/portability.h"

namespace manifest {

/// Collects findings.
class Findings {
 public:
  void refuse(std::string message, base::Span span, std::string hint = "") { all_.push_back({Verdict::refused, std::move(message), std::move(hint), span}); }
  void rewrite(std::string message, base::Span span, std::string hint = "") { all_.push_back({Verdict::rewritten, std::move(message), std::move(hint), span}); }
  std::vector<Finding> take() { return std::move(all_); }

 private:
  std::vector<Finding> all_;
};

using doc::list_at;

/// A value's place, or its parent's where it isn't there.
base::Span span_at(const doc::Value& parent, std::string_view path);

/// The `spec` of the Pods that an object describes, or null: of a Pod, of the template of a Deployment, Job, CronJob, ...
const doc::Value* pod_spec_of(const doc::Value& object);

/// Each container of a Pod's `spec`, those that only begin included.
void each_container(const doc::Value& pod_spec, const std::function<void(const doc::Value&)>& work);

/// `Pod `x``, for messages.
std::string title_of(const doc::Value& object);

/// Objects of the same kind, namespace and name.
void check_twins(const std::vector<doc::Value>& objects, Findings& findings);

/// What the API server's types, or podman's, can't read.
std::vector<Finding> check_for_kubernetes(const std::vector<doc::Value>& objects, const Target& target);
std::vector<Finding> check_for_podman(const std::vector<doc::Value>& objects, const Target& target);

/// What an API server requires of the `spec` of a Pod.
void check_pod_spec(const doc::Value& pod_spec, Findings& findings);

}  // namespace manifest
