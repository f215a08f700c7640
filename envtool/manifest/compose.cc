#include "envtool/manifest/compose.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"
#include "envtool/doc/yaml.h"
#include "envtool/patch/apply.h"
#include "envtool/tmpl/template.h"

namespace manifest {
namespace {

/// By name, so that a template that goes through them writes the same, whatever order a definition has.
template <typename Part>
doc::Map names_of(const std::vector<Part>& parts, std::string Part::*object) {
  std::map<std::string, std::string> sorted;
  for (const Part& part : parts) sorted.emplace(part.name, part.*object);
  doc::Map map;
  for (auto& [name, value] : sorted) map.append(name, std::move(value));
  return map;
}

doc::Value port_variables(const model::Port& port) {
  return doc::make_map({{"name", port.name},
                        {"container", port.container},
                        {"container_port", std::int64_t{port.container_port}},
                        {"host_ip", port.host_ip},
                        {"host_port", std::int64_t{port.host_port}}});
}

/// Patches are values whose strings are templates.
doc::Value rendered(const doc::Value& value, const doc::Map& variables, base::Sources& sources) {
  if (value.is_string() && value.as_string().find("{{") != std::string::npos) {
    const base::Source& text = sources.add("a patch", value.as_string());
    return base::with_context(fmt::format("rendering the patch at {}", to_string(value.span())),
                              [&] { return doc::Value(tmpl::render(text, variables)).set_span(value.span()); });
  }
  doc::Value out = value;
  if (out.is_list()) {
    for (doc::Value& item : out.as_list()) item = rendered(item, variables, sources);
  } else if (out.is_map()) {
    for (doc::Entry& entry : out.as_map()) entry.value = rendered(entry.value, variables, sources);
  }
  return out;
}

}  // namespace

doc::Map variables_of(const model::Env& env) {
  doc::Map variables = env.parameters;
  variables.set("env", env.id());
  variables.set("pod", env.pod);
  variables.set("deploy_object", env.deploy.object);
  variables.set("images", names_of(env.images, &model::Image::reference));
  variables.set("volumes", names_of(env.volumes, &model::Volume::object));
  variables.set("secrets", names_of(env.secrets, &model::Secret::object));
  doc::Map ports;
  for (const model::Port& port : env.ports) ports.append(port.name, port_variables(port));
  variables.set("ports", std::move(ports));
  return variables;
}

std::vector<doc::Value> compose(const model::Env& env, const base::Source& manifest_template, base::Sources& sources) {
  return base::with_context(fmt::format("composing the manifest of environment `{}`", env.name), [&] {
    const doc::Map variables = variables_of(env);
    std::string text = tmpl::render(manifest_template, variables);
    const base::Source& source = sources.add(manifest_template.name + " (rendered)", std::move(text));
    std::vector<doc::Value> objects = doc::read_yaml_all(source);
    std::vector<patch::Patch> patches;
    for (const doc::Value& content : env.manifest.patches) {
      doc::Value patch = rendered(content, variables, sources);
      const patch::Target target = patch::target_of(patch);
      patches.push_back({target, std::move(patch), patch::PatchType::strategic});
    }
    return patch::apply_patches(std::move(objects), patches);
  });
}

doc::Value make_secret(const std::string& name, const SecretData& contents) {
  const bool text = std::all_of(contents.begin(), contents.end(), [](const auto& entry) { return base::is_utf8(entry.second); });
  doc::Map data;
  for (const auto& [key, bytes] : contents) data.append(key, text ? bytes : base::to_base64(bytes));
  return doc::make_map({{"apiVersion", "v1"},
                        {"kind", "Secret"},
                        {"metadata", doc::make_map({{"name", name}})},
                        {"immutable", true},
                        {text ? "stringData" : "data", std::move(data)}});
}

void set_label(std::vector<doc::Value>& objects, const std::string& key, const std::string& value) {
  for (doc::Value& object : objects) object["metadata"]["labels"][key] = value;
}

}  // namespace manifest
