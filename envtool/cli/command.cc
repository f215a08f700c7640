#include "envtool/cli/command.h"

#include <fmt/format.h>

#include <CLI/Option.hpp>
#include <algorithm>

#include "envtool/base/render.h"
#include "envtool/base/strings.h"
#include "envtool/cli/print.h"
#include "envtool/cli/usage.h"
#include "envtool/model/endpoint.h"

namespace cli {
namespace {

bool contains(const std::vector<Wants>& wants, Wants what) { return std::find(wants.begin(), wants.end(), what) != wants.end(); }

/// `--repo NAME=URL#REF` is short for two assignments.
void add_repository(const std::string& text, std::vector<std::string>& assignments) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) throw WrongUsage(fmt::format("`--repo {}` is not of the form NAME=URL or NAME=URL#REF", text));
  const std::string name = text.substr(0, equals);
  const std::size_t hash = text.find('#', equals);
  assignments.push_back(fmt::format("repositories.{}.url={}", name, text.substr(equals + 1, hash - equals - 1)));
  if (hash != std::string::npos) assignments.push_back(fmt::format("repositories.{}.ref={}", name, text.substr(hash + 1)));
}

/// `--publish-hub ADDRESS:PORT` is short for a port of the definition.
void add_published_hub(const std::string& text, std::vector<std::string>& assignments) {
  const auto endpoint = model::parse_endpoint(text);
  if (!endpoint) throw WrongUsage(fmt::format("`--publish-hub {}` is not of the form ADDRESS:PORT", text));
  if (!model::is_address(endpoint->host)) {
    throw WrongUsage(fmt::format("`--publish-hub {}` must begin with an address of this machine, found the name `{}`", text, endpoint->host));
  }
  for (const auto& [field, value] : {std::pair<std::string, std::string>{"container", "jupyterhub"}, {"container_port", "8081"},
                                     {"host_ip", endpoint->host}, {"host_port", std::to_string(endpoint->port)}}) {
    assignments.push_back(fmt::format("ports.hub.{}={}", field, value));
  }
}

app::StandinMode standin_mode(const std::string& text) {
  if (text == "never") return app::StandinMode::never;
  return text == "always" ? app::StandinMode::always : app::StandinMode::auto_choice;
}

std::string expect_cluster(const std::string& target) {
  return is_cluster(target) ? "" : fmt::format("expected `kubernetes`, found `{}`", target);
}

}  // namespace

void add_environment_options(CLI::App& command, EnvironmentArguments& arguments, const std::vector<Wants>& wants) {
  command.add_option("ENV", arguments.name, "Name of the environment")->required();
  command.add_option("--instance", arguments.instance, "An instance of it, with names, keys, volumes and ports of its own; images and clones are shared")
      ->type_name("NAME")->envname("ENVTOOL_INSTANCE");
  command.add_option("--set", arguments.assignments, "Set a field of the definition: PATH.TO.FIELD=VALUE")
      ->type_name("ASSIGNMENT")->allow_extra_args(false);
  command.add_option("--file", arguments.overlays, "Lay another definition over the environment's own")
      ->type_name("FILE")->check(file_that_exists())->allow_extra_args(false);
  command.add_option("--repo", arguments.repositories, "Clone a repository from elsewhere: NAME=URL or NAME=URL#REF")
      ->type_name("REPO")->allow_extra_args(false);
  command.add_option("--publish-hub", arguments.published_hub, "Publish the Hub API for jobs on other machines, as hubConnectUrl says")
      ->type_name("ADDRESS:PORT")->envname("ENVTOOL_PUBLISH_HUB");
  command.add_option("--standins", arguments.standins, "Take stand-ins for what comes from outside: auto, never or always")
      ->type_name("MODE")->envname("ENVTOOL_STANDINS")->check(one_of({{"auto", "auto"}, {"never", "never"}, {"always", "always"}}))->capture_default_str();
  if (contains(wants, Wants::deployment)) {
    command.add_option("-d,--deploy-dir", arguments.deploy_directory, "Deploy directory (default: deploy/ENV in the project)")
        ->type_name("DIR")->envname("ENVTOOL_DEPLOY_DIR");
  }
  if (contains(wants, Wants::cluster)) {
    if (!contains(wants, Wants::target)) {
      command.add_option("--target", arguments.target, "`kubernetes`: the cluster of the kubeconfig (default: the podman that is here)")
          ->type_name("TARGET")->envname("ENVTOOL_TARGET")->check(expect_cluster);
    }
    command.add_option("--context", arguments.context, "Context of the kubeconfig; means --target kubernetes")->type_name("NAME")->envname("ENVTOOL_CONTEXT");
    command.add_option("--kubeconfig", arguments.kubeconfig, "Only this kubeconfig (default: $KUBECONFIG, ~/.kube/config)")->type_name("FILE");
    command.add_option("--request-timeout", arguments.request_timeout, "Seconds that one request to a cluster may take; it is tried again for twice as long")
        ->type_name("SECONDS")->envname("ENVTOOL_REQUEST_TIMEOUT")->check(CLI::Range(1U, 3600U))->capture_default_str();
  }
  if (contains(wants, Wants::target)) {
    command.add_option("--target", arguments.target, "What to compose for, like podman@4.3 or kubernetes@1.36 (default: the podman that is here)")
        ->type_name("TARGET")->envname("ENVTOOL_TARGET");
  }
}

bool is_cluster(const std::string& target) { return target.starts_with("kubernetes"); }

app::SessionOptions session_options(const Shell& shell, const EnvironmentArguments& arguments) {
  app::SessionOptions options;
  options.project = shell.globals.project;
  options.podman_account = shell.globals.podman_account;
  options.environment.name = arguments.name;
  options.environment.instance = arguments.instance;
  options.environment.assignments = arguments.assignments;
  for (const std::string& repository : arguments.repositories) add_repository(repository, options.environment.assignments);
  if (!arguments.published_hub.empty()) add_published_hub(arguments.published_hub, options.environment.assignments);
  for (const std::string& overlay : arguments.overlays) options.environment.overlays.emplace_back(overlay);
  if (!arguments.deploy_directory.empty()) options.deploy_directory = arguments.deploy_directory;
  if (!arguments.target.empty()) options.target = arguments.target;
  options.standins.mode = standin_mode(arguments.standins);
  return options;
}

std::unique_ptr<app::Session> open_session(Shell& shell, const EnvironmentArguments& arguments) {
  return as_usage([&] {
    return std::make_unique<app::Session>(session_options(shell, arguments), shell.processes, shell.http);
  });
}

base::Diagnostics check_all(app::Session& session) {
  base::Diagnostics problems = session.check_project_files();
  problems.add(session.check_deployment());
  return problems;
}

void require_deployment(app::Session& session) {
  const base::Diagnostics problems = check_all(session);
  as_usage([&] { problems.throw_if_errors(); });
  print_diagnostics(problems.all());
}

void require_target(const app::Session& session, const plan::Facts& facts) {
  const base::Diagnostics problems = session.check_target(facts);
  as_usage([&] { problems.throw_if_errors(); });
}

podman::Pod require_pod(app::Session& session) {
  if (std::optional<podman::Pod> pod = session.podman().find_pod(session.env().pod)) return std::move(*pod);
  throw base::Error(fmt::format("environment `{}` is not up", session.env().id())).hint(fmt::format("envtool up {}", session.env().words()));
}

std::string require_container(app::Session& session, const std::string& name) {
  const podman::Pod pod = require_pod(session);
  std::vector<std::string> known;
  for (const podman::Container& container : pod.containers) {
    if (container.name == pod.name + "-" + name) return container.name;
    known.push_back(container.name.starts_with(pod.name + "-") ? container.name.substr(pod.name.size() + 1) : container.name);
  }
  throw WrongUsage(base::Error(fmt::format("environment `{}` has no container `{}`", session.env().id(), name))
                       .guess(name, known, "containers: " + base::join(known, ", "))
                       .diagnostics());
}

}  // namespace cli
