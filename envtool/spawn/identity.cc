#include "envtool/spawn/identity.h"

#include <fmt/format.h>

#include <map>

#include "envtool/model/fields.h"
#include "envtool/patch/names.h"

namespace spawn {
namespace {

using doc::Value;

std::string name_of(const Value& object) { return doc::text_at(object, "metadata.name"); }

bool has_text(const Value& parent, std::string_view key, const std::string& where, base::Diagnostics& problems) {
  const Value* value = parent.find(key);
  if (value != nullptr && value->is_string() && !value->as_string().empty()) return true;
  if (value == nullptr || value->is_null() || value->is_string()) {
    problems.error(fmt::format("an object has no `{}{}`", where, key), parent.span());
    return false;
  }
  base::Diagnostic& problem = problems.error(
      fmt::format("`{}{}` must be a string, found {}", where, key, model::with_article(value->kind())), value->span());
  if (value->is_scalar()) problem.hints.emplace_back("put it in quotes");
  return false;
}

bool is_map_or_absent(const Value& parent, std::string_view key, const std::string& where, base::Diagnostics& problems) {
  const Value* value = parent.find(key);
  if (value == nullptr || value->is_null() || value->is_map()) return true;
  problems.error(fmt::format("`{}{}` must be a map, found {}", where, key, model::with_article(value->kind())), value->span());
  return false;
}

/// Roles and their bindings may be called anything that fits into a URL's path.
bool is_path_segment(std::string_view name) {
  return name != "." && name != ".." && name.find_first_of("/%") == std::string_view::npos;
}

bool is_service_name(std::string_view name) { return patch::is_dns_label(name) && name.front() >= 'a' && name.front() <= 'z'; }

struct NameRule {
  bool good;
  const char* rule;
};

NameRule name_rule(const Value& object) {
  const std::string& name = name_of(object);
  const std::string kind = doc::text_at(object, "kind");
  if (doc::text_at(object, "apiVersion").starts_with("rbac.authorization.k8s.io/")) return {is_path_segment(name), "any characters but `/` and `%`"};
  if (kind == "Service") return {is_service_name(name), "up to 63 of `a-z0-9-`, beginning with a letter and not ending with `-`"};
  if (kind == "Namespace") return {patch::is_dns_label(name), "up to 63 of `a-z0-9-`, not beginning or ending with `-`"};
  return {patch::is_dns_subdomain(name), "up to 253 of `a-z0-9-.`, with a letter or digit at both ends"};
}

void check_name(const Value& object, base::Diagnostics& problems) {
  const NameRule rule = name_rule(object);
  if (rule.good) return;
  problems.error(fmt::format("`{}` is no name for a {}", name_of(object), doc::text_at(object, "kind")), object.find("metadata")->find("name")->span())
      .hints.push_back(fmt::format("Kubernetes takes {}; `{{{{key}}}}` is always good", rule.rule));
}

void check_namespace(const Value& object, std::string_view expected, base::Diagnostics& problems) {
  const Value* found = object.find("metadata")->find("namespace");
  if (found == nullptr || (found->is_string() && found->as_string() == expected)) return;
  problems.error(fmt::format("`{}` names another namespace than the server's, `{}`", identity(object), expected), found->span())
      .hints.emplace_back("leave `metadata.namespace` out");
}

}  // namespace

std::string identity(const Value& object) { return fmt::format("{}/{}", doc::text_at(object, "kind"), name_of(object)); }

bool is_object(const Value& document, base::Diagnostics& problems) {
  if (!document.is_map()) {
    problems.error(fmt::format("expected an object of Kubernetes, found {}", model::with_article(document.kind())), document.span());
    return false;
  }
  const bool has_version = has_text(document, "apiVersion", "", problems);
  const bool has_kind = has_text(document, "kind", "", problems);
  if (!is_map_or_absent(document, "metadata", "", problems)) return false;
  const Value* metadata = document.find("metadata");
  if (metadata == nullptr || metadata->is_null()) {
    problems.error("an object has no `metadata.name`", document.span());
    return false;
  }
  const bool named = has_text(*metadata, "name", "metadata.", problems);
  return is_map_or_absent(*metadata, "labels", "metadata.", problems) && named && has_version && has_kind;
}

void check_objects(const std::vector<Value>& objects, std::string_view kubernetes_namespace, base::Diagnostics& problems) {
  std::map<std::string, base::Span> seen;
  for (const Value& object : objects) {
    check_name(object, problems);
    check_namespace(object, kubernetes_namespace, problems);
    const auto [first, is_new] = seen.emplace(identity(object), object.span());
    if (is_new) continue;
    problems.error(fmt::format("`{}` is there twice", identity(object)), object.span())
        .notes.push_back(fmt::format("the first one is at {}", base::to_string(first->second)));
  }
}

}  // namespace spawn
