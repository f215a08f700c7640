// What is there in a cluster beside what is wanted, field by field. Pure: objects in, differences out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "envtool/doc/value.h"
#include "envtool/manifest/kubernetes.h"

namespace app {

/// A field that applying would change. What Secrets hold isn't told.
struct FieldChange {
  std::string path;
  std::string before;  ///< JSON; empty: it isn't there
  std::string after;
  base::Span place;  ///< where the definition says it; of what left the definition, where its object stands
};

/// Whether an object has all that `wanted` says; what the server or others added doesn't count.
bool holds(const doc::Value& wanted, const doc::Value& live);

/// The fields in which an object would differ after an apply, as a dry run tells. envtool's own labels and what servers count are
/// left out.
std::vector<FieldChange> changes_between(const manifest::ClusterObject& wanted, const doc::Value& live, const doc::Value& after);

/// The fields in which an object isn't what is wanted, where no dry run can tell.
std::vector<FieldChange> changes_wanted(const manifest::ClusterObject& wanted, const doc::Value& live);

/// Whether a tool by that name applies the object, too; otherwise it changed fields by hand or is a controller.
bool applies(const doc::Value& live, std::string_view manager);

/// The value of a label, or the empty string.
std::string label_of(const doc::Value& object, std::string_view label);

/// Whether all replicas of a StatefulSet or Deployment, or a Pod, are ready in the form that was applied last.
bool is_ready(const doc::Value& workload);

/// What a Pod's containers say is wrong: `jupyterhub: ImagePullBackOff: ...`; empty if they say nothing.
std::string problem_of(const doc::Value& pod);

}  // namespace app
