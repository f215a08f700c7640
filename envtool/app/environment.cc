#include "envtool/app/environment.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "envtool/doc/yaml.h"
#include "envtool/manifest/check.h"
#include "envtool/manifest/compose.h"
#include "envtool/model/layers.h"
#include "envtool/patch/merge.h"
#include "envtool/sys/file.h"
#include "envtool/tmpl/template.h"

namespace app {
namespace {

std::string shown_path(const Project& project, const fs::path& path) {
  const fs::path relative = path.lexically_relative(project.root);
  return relative.empty() || *relative.begin() == ".." ? path.string() : relative.string();
}

/// Lays one more over what there is.
void lay_over(model::LayeredDefinition& definition, const doc::Value& layer) {
  definition.merged = patch::merge(std::move(definition.merged), layer);
  definition.all.push_back(layer);
}

model::LayeredDefinition load_definition(const Project& project, const EnvironmentOptions& options, base::Sources& sources) {
  const model::ReadText read = [&](const std::string& path) {
    return sys::read_file_if_exists(path.starts_with('/') ? fs::path(path) : project.root / path);
  };
  model::LayeredDefinition definition = model::read_layers(sources, shown_path(project, project.definition(options.name)), read);
  for (const fs::path& overlay : options.overlays) {
    model::LayeredDefinition more = model::read_layers(sources, fs::absolute(overlay).string(), read);
    definition.merged = patch::merge(std::move(definition.merged), more.merged);
    std::move(more.all.begin(), more.all.end(), std::back_inserter(definition.all));
  }
  lay_over(definition, model::parse_assignments(sources, options.assignments));
  return definition;
}

/// The objects of the manifest; none if the environment has no template.
std::vector<doc::Value> compose(const Environment& environment, base::Sources& sources) {
  const model::ManifestSource& source = environment.env.manifest;
  if (source.template_path.empty()) return {};
  std::optional<std::string> text = sys::read_file_if_exists(environment.project.root / source.template_path);
  if (!text) throw base::Error(fmt::format("there is no file `{}`", source.template_path), source.span).note("it is the template of the manifest");
  std::vector<doc::Value> objects = manifest::compose(environment.env, sources.add(source.template_path, std::move(*text)), sources);
  base::Diagnostics problems;
  manifest::check_objects(environment.env, objects, problems);
  problems.throw_if_errors();
  return objects;
}

/// Lays the stand-ins' layers over the definition. Problems of their form are reported when all of it is decoded.
std::vector<std::string> add_standins(model::LayeredDefinition& definition, const Surroundings& surroundings) {
  base::Diagnostics reported_later;
  std::vector<std::string> taken;
  for (const model::Standin& standin : model::decode_standins(definition.merged, reported_later)) {
    if (!is_taken(standin, definition.merged, surroundings)) continue;
    taken.push_back(standin.name);
    lay_over(definition, standin.layer);
  }
  return taken;
}

/// Ports that the definition doesn't have (any more) are left out.
doc::Value ports_layer(const doc::Value& definition, const HostPorts& ports) {
  doc::Value layer{doc::Map()};
  for (const auto& [name, number] : ports) {
    const doc::Value* port = doc::at_path(definition, "ports." + name);
    if (port != nullptr && port->is_map()) layer["ports"][name]["host_port"] = std::int64_t{number};
  }
  return layer;
}

void mark_taken(model::Env& env, const std::vector<std::string>& taken) {
  for (model::Standin& standin : env.standins) {
    standin.taken = std::find(taken.begin(), taken.end(), standin.name) != taken.end();
  }
}

}  // namespace

HostPorts assigned_ports(const EnvironmentOptions& options) {
  base::Sources sources;
  const doc::Value assigned = model::parse_assignments(sources, options.assignments);
  HostPorts ports;
  const doc::Value* list = assigned.find("ports");
  if (list == nullptr || !list->is_map()) return ports;
  for (const doc::Entry& port : list->as_map()) {
    const doc::Value* number = port.value.find("host_port");
    if (number != nullptr && number->is_integer()) ports[port.key] = static_cast<std::uint16_t>(number->as_integer());
  }
  return ports;
}

model::Variables process_variables() {
  model::Variables variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

Environment load_environment(const Project& project, const EnvironmentOptions& options, base::Sources& sources, const Surroundings& surroundings) {
  require_environment(project, options.name);
  require_instance(project, options.name, options.instance);
  return base::with_context(fmt::format("loading environment `{}`", options.name), [&] {
    model::LayeredDefinition definition = load_definition(project, options, sources);
    const doc::Value assignments = definition.all.back();
    const std::vector<std::string> taken = add_standins(definition, surroundings);
    if (!surroundings.ports.empty()) lay_over(definition, ports_layer(definition.merged, surroundings.ports));
    if (!taken.empty() || !surroundings.ports.empty()) lay_over(definition, assignments);
    base::Diagnostics problems;
    Environment environment{project, std::move(definition.merged), std::move(definition.all), {}, {}};
    environment.env = model::decode(environment.definition, options.name, process_variables(), problems, options.instance);
    problems.throw_if_errors();
    mark_taken(environment.env, taken);
    environment.objects = compose(environment, sources);
    return environment;
  });
}

doc::Map template_variables(const Environment& environment, const model::DeployValues& deploy, const fs::path& deploy_directory) {
  doc::Map variables = manifest::variables_of(environment.env);
  doc::Map values;
  for (const model::DeployKey& key : environment.env.deploy.keys) {
    if (!key.secret) values.append(key.name, key.default_value.value_or(""));
  }
  for (const auto& [key, value] : deploy) {
    const model::DeployKey* known = environment.env.find_deploy_key(key);
    if (known != nullptr && !known->secret) values.set(key, value);
  }
  variables.set("deploy", std::move(values));
  variables.set("deploy_dir", deploy_directory.string());
  return variables;
}

std::string render_text(const Environment& environment, const std::string& text, const model::DeployValues& deploy,
                        const fs::path& deploy_directory) {
  base::Sources sources;
  return tmpl::render(sources.add("environment " + environment.env.name, text), template_variables(environment, deploy, deploy_directory));
}

}  // namespace app
