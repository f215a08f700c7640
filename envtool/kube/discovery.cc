#include "envtool/kube/discovery.h"

#include <fmt/format.h>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"

namespace kube {
namespace {

std::vector<std::string> texts_at(const doc::Value& value, std::string_view path) {
  std::vector<std::string> texts;
  for (const doc::Value& item : list_at(value, path)) {
    if (item.is_string()) texts.push_back(item.as_string());
  }
  return texts;
}

std::string join_version(const std::string& group, const std::string& version) { return group.empty() ? version : group + "/" + version; }

}  // namespace

bool is_aggregated(const doc::Value& answer) { return doc::text_at(answer, "kind") == "APIGroupDiscoveryList"; }

std::vector<Resource> resources_of_aggregated(const doc::Value& answer) {
  std::vector<Resource> all;
  for (const doc::Value& group : list_at(answer, "items")) {
    for (const doc::Value& version : list_at(group, "versions")) {
      const std::string api_version = join_version(doc::text_at(group, "metadata.name"), doc::text_at(version, "version"));
      for (const doc::Value& item : list_at(version, "resources")) {
        all.push_back({api_version, doc::text_at(item, "responseKind.kind"), doc::text_at(item, "resource"),
                       doc::text_at(item, "scope") == "Namespaced", texts_at(item, "verbs")});
      }
    }
  }
  return all;
}

std::vector<std::string> paths_of_groups(const doc::Value& answer) {
  std::vector<std::string> paths;
  for (const std::string& version : texts_at(answer, "versions")) paths.push_back("/api/" + version);
  for (const doc::Value& group : list_at(answer, "groups")) {
    for (const doc::Value& version : list_at(group, "versions")) paths.push_back("/apis/" + doc::text_at(version, "groupVersion"));
  }
  return paths;
}

std::vector<Resource> resources_of_list(const doc::Value& answer) {
  std::vector<Resource> all;
  for (const doc::Value& item : list_at(answer, "resources")) {
    const std::string plural = doc::text_at(item, "name");
    const doc::Value* namespaced = item.find("namespaced");
    if (plural.find('/') != std::string::npos) continue;  // of a part, such as the status
    all.push_back({doc::text_at(answer, "groupVersion"), doc::text_at(item, "kind"), plural,
                   namespaced != nullptr && namespaced->is_bool() && namespaced->as_bool(), texts_at(item, "verbs")});
  }
  return all;
}

doc::Value to_value(const std::vector<Resource>& resources) {
  return doc::make_list(resources, [](const Resource& resource) {
    return doc::make_map({{"apiVersion", resource.api_version},
                          {"kind", resource.kind},
                          {"plural", resource.plural},
                          {"namespaced", resource.namespaced},
                          {"verbs", doc::make_list(resource.verbs)}});
  });
}

std::vector<Resource> resources_of_value(const doc::Value& value) {
  std::vector<Resource> all;
  if (!value.is_list()) return all;
  for (const doc::Value& item : value.as_list()) {
    const doc::Value* namespaced = item.find("namespaced");
    if (namespaced == nullptr || !namespaced->is_bool()) return {};
    all.push_back({doc::text_at(item, "apiVersion"), doc::text_at(item, "kind"), doc::text_at(item, "plural"), namespaced->as_bool(),
                   texts_at(item, "verbs")});
  }
  return all;
}

std::string path_segment(std::string_view name) {
  if (name.empty() || name == "." || name == ".." || name.find_first_of("/%") != std::string_view::npos) {
    throw base::Error(fmt::format("`{}` can't be the name of an object", name));
  }
  return base::percent_encode(name);
}

std::string path_of(const Resource& resource, std::string_view kubernetes_namespace) {
  const bool has_group = resource.api_version.find('/') != std::string::npos;
  std::string path = fmt::format("/{}/{}", has_group ? "apis" : "api", base::percent_encode(resource.api_version, "/"));
  if (resource.namespaced && !kubernetes_namespace.empty()) path += "/namespaces/" + path_segment(kubernetes_namespace);
  return path + "/" + resource.plural;
}

}  // namespace kube
