#include "envtool/app/host_files.h"

#include <fmt/format.h>

#include "envtool/ssh/hosts.h"
#include "envtool/sys/file.h"
#include "envtool/tmpl/template.h"

namespace app {
namespace {

/// Lines for authorized_keys, by secret.
doc::Value authorized_keys(const model::Env& env, const DeployDirectory& deploy, const std::vector<std::string>& from) {
  doc::Map lines;
  for (const model::Secret& secret : env.secrets) {
    const auto* pair = std::get_if<model::KeyPairSecret>(&secret.source);
    if (pair == nullptr) continue;
    const std::optional<std::string> text = sys::read_file_if_exists(deploy.folder() / (pair->file + ".pub"));
    if (text) lines.append(secret.name, ssh::authorized_keys_line(from, ssh::parse_public_key(*text)));
  }
  return lines;
}

}  // namespace

std::vector<HostFileText> render_host_files(const Environment& environment, const DeployDirectory& deploy,
                                            const model::DeployValues& values, const std::vector<std::string>& from) {
  base::Sources sources;
  doc::Map variables = template_variables(environment, values, deploy.folder());
  variables.set("authorized_keys", authorized_keys(environment.env, deploy, from));
  std::vector<HostFileText> files;
  for (const model::HostFile& file : environment.env.host_files) {
    const base::Source& text = sources.add(file.template_path, sys::read_file(environment.project.root / file.template_path));
    std::string rendered = tmpl::render(text, variables);
    if (!rendered.ends_with('\n')) rendered += '\n';
    files.push_back({file.path, std::move(rendered)});
  }
  return files;
}

}  // namespace app
