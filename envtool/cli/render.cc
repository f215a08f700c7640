#include <fmt/format.h>

#include "envtool/cli/command.h"
#include "envtool/cli/print.h"
#include "envtool/cli/work.h"
#include "envtool/doc/yaml.h"
#include "envtool/sys/file.h"

namespace cli {
namespace {

/// Makes the keys and settings that are missing, as rendering for podman does.
void prepare(const app::Session& session) {
  session.deploy().ensure();
  session.deploy().make_config(session.env());
  for (const model::Secret& secret : session.env().secrets) session.deploy().prepare(secret);
}

/// What is called otherwise in the cluster, by what it is called in the manifest.
doc::Map names_in(const manifest::ClusterForm& form) {
  doc::Map names;
  for (const auto& [composed, name] : form.renamed) names.append(composed, name);
  return names;
}

int render_for_cluster(Shell& shell, app::Session& session) {
  const sys::FileLock lock = lock_environment(session);
  session.gather(app::Session::Outside::ask, shell.stop);  // stand-ins may bring in secrets of their own
  prepare(session);
  const plan::Facts facts = session.gather(app::Session::Outside::remember, shell.stop);
  base::Diagnostics problems;
  const manifest::ClusterForm form =
      as_usage([&] { return session.cluster_form(facts, app::registry_images(session.env()), app::Contents::whole, problems); });
  print_diagnostics(problems.all());
  const app::fs::path file = session.deploy().cluster_file();
  sys::write_file(file, doc::emit_yaml(manifest::objects_of(form)), sys::Access::secret);
  if (shell.globals.output == OutputFormat::json) {
    print_json(doc::make_map({{"manifest", file.string()}, {"namespace", form.namespace_name}, {"names", names_in(form)}}));
  } else {
    for (const auto& [composed, name] : form.renamed) fmt::print(stderr, "{}: `{}` in the cluster\n", composed, name);
    print_line(file.string());
  }
  return kDone;
}

int run(Shell& shell, EnvironmentArguments arguments) {
  if (!arguments.deploy_directory.empty() && !app::fs::is_directory(arguments.deploy_directory)) {
    throw WrongUsage(base::Error(fmt::format("`{}` is not a directory", arguments.deploy_directory))
                         .hint(fmt::format("mkdir -m 700 {}", arguments.deploy_directory))
                         .diagnostics());
  }
  const auto session = open_session(shell, arguments);
  require_deployment(*session);
  if (session->target() && session->target()->platform == manifest::Platform::kubernetes) return render_for_cluster(shell, *session);
  work_up_to(shell, *session, plan::Scope::render);
  const app::DeployDirectory& deploy = session->deploy();
  if (shell.globals.output == OutputFormat::json) {
    print_json(doc::make_map({{"manifest", deploy.manifest_file().string()}, {"deploy_config", deploy.config_file().string()}}));
  } else {
    print_line(deploy.manifest_file().string());
  }
  return kDone;
}

}  // namespace

void setup_render(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("render", "Write the manifest, and the keys and settings that it needs, for plain podman or kubectl");
  auto arguments = std::make_shared<EnvironmentArguments>();
  add_environment_options(*command, *arguments, {Wants::target});
  command->add_option("-o,-d,--output-dir,--deploy-dir", arguments->deploy_directory, "Folder to write to (default: deploy/ENV in the project)")
      ->type_name("DIR")->envname("ENVTOOL_DEPLOY_DIR");
  command->footer(
      "Examples:\n"
      "  envtool render dev_dummyauth -o /tmp/hub\n"
      "  podman kube play --configmap /tmp/hub/deploy-configmap.yaml /tmp/hub/combined.yaml\n"
      "  envtool render dev_dummyauth -o /tmp/hub --target podman@5.4\n"
      "  envtool render dev_dummyauth -o /tmp/hub --target kubernetes@1.36 --set cluster.registry=registry.example/hub\n"
      "  kubectl apply --server-side -f /tmp/hub/kubernetes.yaml");
  command->callback([&action, arguments] { action = [arguments](Shell& shell) { return run(shell, *arguments); }; });
}

}  // namespace cli
