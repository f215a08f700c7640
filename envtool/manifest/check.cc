#include "envtool/manifest/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "envtool/base/strings.h"
#include "envtool/model/fields.h"
#include "envtool/model/names.h"
#include "envtool/patch/names.h"

namespace manifest {
namespace {

using doc::Value;

base::Span span_of(const Value& parent, const Value* child) { return child != nullptr ? child->span() : parent.span(); }

/// Checks what lies in one Pod.
class PodCheck {
 public:
  PodCheck(const Value& pod, base::Diagnostics& problems) : pod_(pod), problems_(problems) {}

  /// The names of the containers.
  std::vector<std::string> run() {
    const Value* spec = pod_.find("spec");
    if (spec == nullptr || !spec->is_map()) {
      problems_.error("the Pod has no map `spec`", span_of(pod_, spec));
      return {};
    }
    for (const Value& volume : list_in(*spec, "volumes")) check_volume(volume);
    for (const Value& container : list_in(*spec, "initContainers")) check_container(container);
    const doc::List& containers = list_in(*spec, "containers");
    for (const Value& container : containers) check_container(container);
    if (containers.empty()) problems_.error("the Pod has no containers", spec->span());
    return names_;
  }

 private:
  const doc::List& list_in(const Value& parent, std::string_view key) {
    static const doc::List kNone;
    const Value* list = parent.find(key);
    if (list == nullptr || list->is_null()) return kNone;
    if (list->is_list()) return list->as_list();
    problems_.error(fmt::format("`{}` must be a list, found {}", key, model::with_article(list->kind())), list->span());
    return kNone;
  }

  void check_volume(const Value& volume) {
    const std::string name = doc::text_at(volume, "name");
    if (!model::is_object_name(name)) return refuse_name("volume", name, volume);
    if (!volumes_.insert(name).second) problems_.error(fmt::format("the Pod has two volumes `{}`", name), span_of(volume, volume.find("name")));
  }

  void check_container(const Value& container) {
    const std::string name = doc::text_at(container, "name");
    if (!patch::is_dns_label(name)) return refuse_name("container", name, container);
    if (std::find(names_.begin(), names_.end(), name) != names_.end()) {
      problems_.error(fmt::format("the Pod has two containers `{}`", name), span_of(container, container.find("name")));
    }
    names_.push_back(name);
    check_image(container, name);
    for (const Value& mount : list_in(container, "volumeMounts")) check_mount(mount, name);
  }

  void check_image(const Value& container, const std::string& name) {
    const Value* image = container.find("image");
    if (image == nullptr) {
      problems_.error(fmt::format("container `{}` has no `image`", name), container.span());
    } else if (!model::is_image_reference(doc::text_at(container, "image"))) {
      problems_.error(fmt::format("container `{}` must have the name of an image as `image`, found `{}`", name, model::scalar_text(*image)),
                      image->span());
    }
  }

  void check_mount(const Value& mount, const std::string& container) {
    const std::string name = doc::text_at(mount, "name");
    if (volumes_.contains(name)) return;
    auto& problem = problems_.error(fmt::format("container `{}` mounts the volume `{}`, which the Pod doesn't have", container, name),
                                    span_of(mount, mount.find("name")));
    problem.guess(name, {volumes_.begin(), volumes_.end()});
  }

  void refuse_name(std::string_view what, const std::string& name, const Value& value) {
    const std::string message = name.empty() ? fmt::format("a {} has no `name`", what) : fmt::format("`{}` is no name for a {}", name, what);
    problems_.error(message, span_of(value, value.find("name"))).hints.push_back(
        what == "container" ? "names are up to 63 lowercase letters, digits and `-`" : "names are made of letters, digits, `_`, `-` and `.`");
  }

  const Value& pod_;
  base::Diagnostics& problems_;
  std::set<std::string> volumes_;
  std::vector<std::string> names_;
};

void check_labels(const Value& metadata, base::Diagnostics& problems) {
  const Value* labels = metadata.find("labels");
  if (labels == nullptr || !labels->is_map()) return;
  for (const doc::Entry& label : labels->as_map()) {
    if (!patch::is_label_key(label.key)) problems.error(fmt::format("`{}` is no key for a label", label.key), label.key_span);
    if (!label.value.is_string()) {
      problems.error(fmt::format("label `{}` must be a string, found {}", label.key, model::with_article(label.value.kind())), label.value.span())
          .hints.push_back("put it in quotes");
    } else if (!patch::is_label_value(label.value.as_string())) {
      problems.error(fmt::format("`{}` is no value for label `{}`", label.value.as_string(), label.key), label.value.span())
          .hints.push_back("up to 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends");
    }
  }
}

/// Kind, name and labels; false where the rest can't be looked at.
bool check_identity(const Value& object, base::Diagnostics& problems) {
  if (!object.is_map()) {
    problems.error(fmt::format("expected a Kubernetes object, found {}", model::with_article(object.kind())), object.span());
    return false;
  }
  for (const char* field : {"apiVersion", "kind"}) {
    if (doc::text_at(object, field).empty()) problems.error(fmt::format("an object has no `{}`", field), span_of(object, object.find(field)));
  }
  const Value* name = doc::at_path(object, "metadata.name");
  const std::string text = doc::text_at(object, "metadata.name");
  if (text.empty()) {
    problems.error("an object has no `metadata.name`", span_of(object, name));
  } else if (!model::is_object_name(text)) {
    problems.error(fmt::format("`{}` is no name for an object", text), name->span())
        .hints.push_back("names are made of letters, digits, `_`, `-` and `.`");
  }
  if (const Value* metadata = object.find("metadata")) check_labels(*metadata, problems);
  return true;
}

void check_container_names(const model::Env& env, const std::vector<std::string>& known, base::Diagnostics& problems) {
  const auto check = [&](const std::string& user, const std::string& container, base::Span span) {
    if (container.empty() || std::find(known.begin(), known.end(), container) != known.end()) return;
    problems.error(fmt::format("{} names the container `{}`, which the Pod doesn't have", user, container), span)
        .guess(container, known, "containers: " + base::join(known, ", "));
  };
  for (const model::Port& port : env.ports) check(fmt::format("port `{}`", port.name), port.container, port.span);
  for (const auto& [name, needs] : env.cluster.containers) check("`cluster`", name, needs.span);
  for (const model::ReadyCheck& ready : env.ready) {
    const auto* exec = std::get_if<model::ExecCheck>(&ready.probe);
    if (exec != nullptr) check(fmt::format("readiness check `{}`", ready.name), exec->container, ready.span);
  }
}

}  // namespace

void check_objects(const model::Env& env, const std::vector<Value>& objects, base::Diagnostics& problems) {
  bool has_pod = false;
  std::vector<std::string> containers;
  for (const Value& object : objects) {
    if (!check_identity(object, problems) || doc::text_at(object, "kind") != "Pod") continue;
    has_pod = has_pod || doc::text_at(object, "metadata.name") == env.pod;
    for (std::string& name : PodCheck(object, problems).run()) containers.push_back(std::move(name));
  }
  if (!has_pod) {
    problems.error(fmt::format("the manifest has no Pod `{}`", env.pod), env.manifest.span)
        .hints.push_back("write its name as `{{ pod }}` in the template");
  }
  if (!containers.empty()) check_container_names(env, containers, problems);
}

}  // namespace manifest
