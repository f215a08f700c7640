#include "envtool/spawn/render.h"

#include <fmt/format.h>

#include <utility>

#include "envtool/patch/apply.h"
#include "envtool/patch/names.h"
#include "envtool/spawn/augment.h"
#include "envtool/spawn/defaults.h"
#include "envtool/spawn/identity.h"
#include "envtool/spawn/names.h"
#include "envtool/spawn/profile.h"

namespace spawn {
namespace {

using doc::Value;

/// Runs `work`; what it throws joins the problems.
template <typename Work>
void collect(base::Diagnostics& problems, Work&& work) {
  try {
    work();
  } catch (const base::Error& error) {
    problems.add(error);
  }
}

std::string without_trailing_dashes(std::string text) {
  text.erase(text.find_last_not_of('-') + 1);
  return text;
}

std::string render_name(const char* what, const Value& text, const Variables& variables, base::Sources& sources) {
  std::string rendered = without_trailing_dashes(render_text(template_of(what, text), variables, sources));
  if (rendered.empty()) throw base::Error(fmt::format("`{}` gives an empty name", what), text.span());
  return rendered;
}

/// A namespace that is there already can't be called anything else.
std::string namespace_name(const Config& config, const Settings& settings, const Variables& variables, base::Sources& sources) {
  const std::string rendered = render_name("namespace_template", config.namespace_template, variables, sources);
  if (settings.create_namespace) return object_name(rendered);
  if (patch::is_dns_label(rendered)) return rendered;
  throw base::Error(fmt::format("`namespace_template` gives `{}`, which can't be the name of a namespace", rendered), config.namespace_template.span())
      .hint("with `create_namespace: false` it has to name one that is there");
}

/// The default resources, with those of the configuration over them.
std::map<std::string, TemplateText> all_resources(const Settings& settings) {
  std::map<std::string, TemplateText> all;
  for (const auto& [key, text] : default_resources()) all[key] = {"resources." + key, text, {}};
  for (const auto& [key, text] : settings.resources) all[key] = template_of("resources." + key, text);
  return all;
}

std::vector<Value> render_resources(const Settings& settings, const Variables& variables, base::Sources& sources, base::Diagnostics& problems) {
  std::vector<Value> objects;
  for (const auto& resource : all_resources(settings)) {
    collect(problems, [&] {
      for (Value& document : render_documents(resource.second, variables, sources)) {
        if (is_object(document, problems)) objects.push_back(std::move(document));
      }
    });
  }
  return objects;
}

void add_labels(std::vector<Value>& objects, const std::string& key) {
  for (Value& object : objects) object["metadata"]["labels"][kKeyLabel] = key;
}

/// A patch has to say which object it is for: it is never for all of them.
bool has_target(const std::string& name, const Value& document, base::Diagnostics& problems) {
  const patch::Target target = patch::target_of(document);
  if (!target.kind.empty() && !target.name.empty()) return true;
  problems.error(fmt::format("`{}` doesn't say which object it is for", name), document.span())
      .hints.emplace_back("a patch has the `kind` and the `metadata.name` of its object; the name is `{{key}}` for all default objects");
  return false;
}

std::vector<patch::Patch> render_patches(const Settings& settings, const Variables& variables, base::Sources& sources, base::Diagnostics& problems) {
  std::vector<patch::Patch> patches;
  for (const auto& [key, text] : settings.patches) {
    const TemplateText written = template_of("patches." + key, text);
    collect(problems, [&] {
      for (Value& document : render_documents(written, variables, sources)) {
        if (!has_target(written.name, document, problems)) continue;
        const patch::Target target = patch::target_of(document);
        patches.push_back({target, std::move(document), patch::PatchType::strategic});
      }
    });
  }
  return patches;
}

Value namespace_object(const std::string& name) {
  const Value labels = doc::make_map({{"kubernetes.io/metadata.name", name}, {std::string(kDeleteLabel), "false"}, {"name", name}});
  return doc::make_map({{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", doc::make_map({{"labels", labels}, {"name", name}})}});
}

std::vector<Value> make_objects(const Settings& settings, const Variables& variables, const Rendered& names, base::Sources& sources,
                                base::Diagnostics& problems) {
  const std::size_t known = problems.all().size();
  std::vector<Value> objects = render_resources(settings, variables, sources, problems);
  check_objects(objects, names.kubernetes_namespace, problems);
  const bool complete = problems.all().size() == known;
  const std::vector<patch::Patch> patches = render_patches(settings, variables, sources, problems);
  add_labels(objects, names.key);
  // A patch for an object that didn't render would only be a second complaint.
  if (complete) collect(problems, [&] { objects = patch::apply_patches(std::move(objects), patches); });
  problems.throw_if_errors();
  augment_notebook(objects, names.key, problems);
  problems.throw_if_errors();
  if (settings.create_namespace) objects.insert(objects.begin(), namespace_object(names.kubernetes_namespace));
  return objects;
}

/// Names that don't render must not keep the templates' own problems from being found.
void stand_in_for_names(Rendered& result) {
  for (std::string* name : {&result.key, &result.kubernetes_namespace}) {
    if (name->empty()) *name = "unknown";
  }
}

}  // namespace

Rendered render(const Config& config, const Server& server, base::Sources& sources) {
  check_server(server);
  const Profile* profile = find_profile(config, server.profile);
  const Settings& settings = profile != nullptr ? profile->settings : config.settings;
  Variables variables = make_variables(config, settings, server);
  Rendered result;
  base::Diagnostics problems;
  if (profile == nullptr && server.profile) {
    problems.warning(fmt::format("profile `{}` is asked for, but there are no profiles", *server.profile));
  }
  result.profile = profile != nullptr ? profile->slug : "";
  result.kubernetes_context = settings.kubernetes_context;
  result.url = settings.ingress_public_url;
  collect(problems, [&] { result.key = object_name(render_name("key_template", config.key_template, variables, sources)); });
  collect(problems, [&] { result.kubernetes_namespace = namespace_name(config, settings, variables, sources); });
  if (problems.has_errors()) stand_in_for_names(result);
  add_names(variables, settings, result.key, result.kubernetes_namespace);
  result.objects = make_objects(settings, variables, result, sources, problems);
  result.warnings = problems.all();
  return result;
}

}  // namespace spawn
