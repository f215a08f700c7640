#include <fmt/format.h>

#include "envtool/base/strings.h"
#include "envtool/cli/command.h"
#include "envtool/cli/print.h"
#include "envtool/cli/work.h"
#include "envtool/model/names.h"

namespace cli {
namespace {

struct InitOptions {
  EnvironmentArguments arguments;
  Rehearsal rehearsal;
};

struct CheckOptions {
  std::string what;
  std::string environment;
  std::string instance;
};

/// The file, and the environment whose rules it follows.
struct Subject {
  app::Project project;
  std::string environment;
  app::fs::path file;
  std::string instance = {};
};

void refuse_if_there(const app::DeployDirectory& deploy) {
  if (!app::fs::exists(deploy.config_file())) return;
  throw base::Error(fmt::format("`{}` exists already", deploy.config_file().string())).hint("envtool never overwrites it: move it away for a new one");
}

plan::Plan init_plan(const model::Env& env) {
  plan::Plan plan;
  plan.steps.push_back({"deploy-config", plan::MakeDeployConfig{env.deploy.object}, {}, plan::Policy::create_once, {}, plan::Action::create,
                        "there is no deploy ConfigMap"});
  return plan;
}

int init(Shell& shell, const InitOptions& options) {
  const auto session = open_session(shell, options.arguments);
  const app::DeployDirectory& deploy = session->deploy();
  refuse_if_there(deploy);
  if (options.rehearsal.wanted()) {
    return rehearse(shell, *session, options.rehearsal, {init_plan(session->env()), {}, "config init", options.arguments});
  }
  deploy.ensure();
  if (!deploy.make_config(session->env())) refuse_if_there(deploy);
  const std::vector<std::string> to_fill = model::deploy_keys_to_fill(session->env());
  if (shell.globals.output == OutputFormat::json) {
    print_json(doc::make_map({{"file", deploy.config_file().string()}, {"to_fill", doc::make_list(to_fill)}}));
    return kDone;
  }
  print_line(deploy.config_file().string());
  if (!to_fill.empty()) print_line("Fill in " + base::quoted_list(to_fill) + ".");
  return kDone;
}

bool is_environment(const app::Project& project, const std::string& name) {
  return model::is_env_name(name) && app::fs::exists(project.definition(name));
}

/// Deploy directories are called like their environments, or like the instances of these.
std::string environment_of(const app::Project& project, const app::fs::path& file) {
  const std::string folder = app::fs::absolute(file).lexically_normal().parent_path().filename().string();
  if (is_environment(project, folder)) return folder;
  const auto parts = model::split_instance_id(folder);
  if (parts && is_environment(project, parts->env)) return parts->env;
  throw base::Error(fmt::format("which environment `{}` belongs to can't be told from its folder", file.string())).hint("name it with --env");
}

Subject find_subject(const Shell& shell, const CheckOptions& options) {
  const app::Project project = app::find_project(shell.globals.project, app::fs::current_path());
  if (is_environment(project, options.what)) {
    const std::string id = model::instance_id(options.what, options.instance);
    return {project, options.what, app::DeployDirectory(project.deploy_directory(id)).config_file(), options.instance};
  }
  if (!app::fs::is_regular_file(options.what)) app::require_environment(project, options.what);
  return {project, options.environment.empty() ? environment_of(project, options.what) : options.environment, options.what};
}

base::Diagnostics check_file(const Subject& subject, base::Sources& sources) {
  const app::Environment environment = app::load_environment(subject.project, {subject.environment, {}, {}, subject.instance}, sources);
  base::Diagnostics problems;
  if (!app::read_deploy_config(subject.file, environment.env, sources, problems)) {
    problems.error(fmt::format("`{}` not found", subject.file.string())).hints.push_back("envtool config init " + environment.env.words());
  }
  return problems;
}

int check(Shell& shell, const CheckOptions& options) {
  base::Sources sources;
  const Subject subject = as_usage([&] { return find_subject(shell, options); });
  const base::Diagnostics problems = as_usage([&] { return check_file(subject, sources); });
  return give_verdict(shell, {{"file", subject.file.string()}, {"environment", subject.environment}}, subject.file.string(), problems);
}

void add_init(CLI::App& config, Action& action) {
  CLI::App* command = config.add_subcommand("init", "Write a commented deploy ConfigMap with defaults and random passwords");
  auto options = std::make_shared<InitOptions>();
  add_environment_options(*command, options->arguments, {Wants::deployment});
  add_rehearsal_options(*command, options->rehearsal);
  command->footer("Examples:\n  envtool config init dev_dummyauth\n  envtool config init prod --deploy-dir /srv/hub");
  command->callback([&action, options] { action = [options](Shell& shell) { return init(shell, *options); }; });
}

void add_check(CLI::App& config, Action& action) {
  CLI::App* command = config.add_subcommand("check", "Check a deploy ConfigMap; reports every problem at once");
  auto options = std::make_shared<CheckOptions>();
  command->add_option("ENV", options->what, "An environment, or the file of a deploy ConfigMap")->type_name("ENV|FILE")->required();
  command->add_option("--env", options->environment, "The environment whose rules a file follows (default: the one its folder is called after)")
      ->type_name("NAME")->envname("ENVTOOL_ENV");
  command->add_option("--instance", options->instance, "The environment's instance whose deploy ConfigMap is checked")
      ->type_name("NAME")->envname("ENVTOOL_INSTANCE");
  command->footer(
      "Examples:\n"
      "  envtool config check dev_dummyauth\n"
      "  envtool config check examples/prod/deploy-configmap.yaml\n"
      "  envtool config check /srv/hub/deploy-configmap.yaml --env prod");
  command->callback([&action, options] { action = [options](Shell& shell) { return check(shell, *options); }; });
}

}  // namespace

void setup_config(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("config", "Make and check deploy ConfigMaps");
  command->require_subcommand(1);
  add_init(*command, action);
  add_check(*command, action);
}

}  // namespace cli
