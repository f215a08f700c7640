#include "envtool/app/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "envtool/app/project_files.h"
#include "envtool/manifest/adapt.h"
#include "envtool/model/names.h"
#include "envtool/model/published.h"
#include "envtool/podman/account.h"
#include "envtool/sys/network.h"

namespace app {
namespace {

fs::path deploy_folder(const SessionOptions& options, const Project& project) {
  return options.deploy_directory ? fs::absolute(*options.deploy_directory).lexically_normal()
                                  : project.deploy_directory(model::instance_id(options.environment.name, options.environment.instance));
}

HostPorts remembered_ports_of(const SessionOptions& options, const Project& project) {
  if (options.environment.instance.empty()) return {};
  return remembered_ports(project, model::instance_id(options.environment.name, options.environment.instance));
}

}  // namespace

Session::Session(const SessionOptions& options, sys::Processes& processes, http::Client& http)
    : options_(options),
      processes_(processes),
      http_(http),
      project_(find_project(options.project, fs::current_path())),
      deploy_(deploy_folder(options, project_)),
      surroundings_{options.standins.mode, all_remembered_choices(project_), deploy_.peek_config(), remembered_ports_of(options, project_)},
      environment_(load_environment(project_, options.environment, sources_, surroundings_)),
      memory_(environment_) {
  if (options_.target) target_ = manifest::parse_target(*options_.target);
  if (!env().instance.empty()) publish_at(propose_ports(project_, env(), assigned_ports(options_.environment)));
  // Production never takes a stand-in that nobody asked for.
  if (env().production && options_.standins.mode == StandinMode::auto_choice) options_.standins.mode = StandinMode::never;
}

podman::Podman Session::find_podman(sys::Processes& processes, const std::optional<std::string>& account) {
  if (!sys::find_program("podman")) {
    throw base::Error("podman is not installed").hint(fmt::format("install podman {} or newer: `make setup` does", to_string(manifest::kOldestPodman)));
  }
  return {processes, podman::choose_launcher(account)};
}

const podman::Podman& Session::podman() {
  if (!podman_) podman_.emplace(find_podman(processes_, options_.podman_account));
  return *podman_;
}

base::Diagnostics Session::check_project_files() {
  base::Diagnostics problems;
  app::check_project_files(environment_, sources_, problems);
  return problems;
}

base::Diagnostics Session::check_ports(const plan::Facts& facts) const {
  base::Diagnostics problems;
  if (facts.pod != plan::PodState::absent) return problems;  // its ports are its own
  for (const model::Port& port : env().ports) {
    const std::string why = sys::listen_problem(port.host_ip, port.host_port);
    if (why.empty()) continue;
    auto& problem = problems.error(fmt::format("port {} of {} can't be published for `{}`: {}", port.host_port,
                                               port.host_ip.empty() ? "this machine" : port.host_ip, port.name, why), port.span);
    for (const sys::Listener& listener : sys::find_listeners(port.host_port)) {
      if (listener.pid != 0) problem.notes.push_back(fmt::format("`{}` (process {}) listens there", listener.program, listener.pid));
    }
    problem.hints.push_back(fmt::format("take another with `--set ports.{}.host_port=NUMBER`", port.name));
  }
  return problems;
}

base::Diagnostics Session::check_target(const plan::Facts& facts) const {
  base::Diagnostics problems;
  manifest::adapt(environment_.objects, facts.target, [](const std::string& volume) { return "/" + volume; }, problems);
  return problems;
}

base::Diagnostics Session::check_deployment() {
  base::Diagnostics problems;
  std::error_code ignored;
  if (fs::exists(deploy_.folder(), ignored) && !fs::is_directory(deploy_.folder(), ignored)) {
    problems.error(fmt::format("`{}` is not a directory", deploy_.folder().string()));
    return problems;
  }
  const auto values = deploy_.read_config(env(), sources_, problems);
  const std::vector<std::string> to_fill = model::deploy_keys_to_fill(env());
  if (!values && !to_fill.empty()) {
    auto& problem = problems.error(fmt::format("`{}` not found", deploy_.config_file().string()));
    problem.hints.push_back(fmt::format("write one with `envtool config init {} --deploy-dir {}` and fill in what only you know",
                                        env().words(), deploy_.folder().string()));
  }
  for (const model::Standin& standin : env().standins) check_standin(standin, values.value_or(model::DeployValues{}), problems);
  if (values) model::check_published(env(), *values, problems);
  deploy_.check_files(env(), values ? &*values : nullptr, sources_, problems);
  return problems;
}

/// Production takes nothing silently: here the deployment asks for a stand-in, and the command line doesn't.
void Session::check_standin(const model::Standin& standin, const model::DeployValues& values, base::Diagnostics& problems) const {
  const auto said = values.find(standin.deploy_key);
  if (!env().production || standin.taken || said == values.end() || said->second != standin.deploy_value) return;
  auto& problem = problems.error(fmt::format("`{}` is the address of the stand-in `{}`", standin.deploy_key, standin.name));
  problem.hints.emplace_back("production takes stand-ins only with `--standins always`");
}

Choices Session::choose(Outside outside, std::stop_token stop) {
  return outside == Outside::ask ? choose_standins(project_, env(), options_.standins, http_, std::move(stop))
                                 : remembered_choices(project_, env());
}

bool Session::reconsider(const Choices& choices) {
  surroundings_.choices = choices;
  surroundings_.mode = options_.standins.mode;
  const auto differs = [&](const model::Standin& standin) {
    const auto choice = choices.find(standin.image);
    return choice != choices.end() && standin.taken != (choice->second == plan::Choice::standin);
  };
  if (std::none_of(env().standins.begin(), env().standins.end(), differs)) return false;
  environment_ = load_environment(project_, options_.environment, sources_, surroundings_);
  if (!env().instance.empty()) publish_at(propose_ports(project_, env(), assigned_ports(options_.environment)));
  return true;
}

plan::Facts Session::gather(Outside outside, std::stop_token stop) {
  plan::Facts facts;
  facts.choices = choose(outside, stop);
  if (reconsider(facts.choices)) facts.choices = choose(outside, stop);  // stand-ins bring in parts of their own
  // podman takes its time, and what it is asked goes into fields of its own.
  std::future<void> asked;
  if (target_) {
    facts.target = *target_;
  } else {
    asked = std::async(std::launch::async, [this, &podman = podman(), &facts] { add_podman_facts(environment_, podman, facts); });
  }
  add_local_facts(environment_, deploy_, memory_, facts);
  memory_.save();
  if (asked.valid()) asked.get();
  return facts;
}

plan::Plan Session::make_plan(const plan::Facts& facts, plan::Scope scope) const {
  plan::Plan plan = plan::make(env(), facts, environment_.objects, scope);
  const bool all_good = std::all_of(plan.steps.begin(), plan.steps.end(), [](const plan::Step& step) { return step.action == plan::Action::nothing; });
  if (!all_good) sharpen_reasons(plan, made_with());
  return plan;
}

manifest::ClusterForm Session::cluster_form(const plan::Facts& facts, std::map<std::string, std::string> images, Contents contents,
                                            base::Diagnostics& problems) const {
  const manifest::ClusterInputs inputs = cluster_inputs(environment_, deploy_, facts, std::move(images), contents);
  manifest::ClusterForm form = manifest::to_kubernetes(env(), environment_.objects, inputs, problems);
  problems.throw_if_errors();
  return form;
}

void Session::publish_at(HostPorts ports) {
  if (ports == surroundings_.ports) return;
  surroundings_.ports = std::move(ports);
  environment_ = load_environment(project_, options_.environment, sources_, surroundings_);
}

void Session::reserve_ports(const plan::Facts& facts) {
  if (env().instance.empty()) return;
  const PortInUse in_use = facts.pod == plan::PodState::absent ? PortInUse::replace : PortInUse::keep;
  publish_at(app::reserve_ports(project_, env(), assigned_ports(options_.environment), in_use));
}

void Session::forget_ports() const {
  if (!env().instance.empty()) app::forget_ports(project_, env().id());
}

MadeWith Session::made_with() const { return {environment_.project, env().id()}; }

void Session::execute(const plan::Plan& plan, const plan::Facts& facts, const ExecuteOptions& options, Reporter& reporter,
                      std::stop_token stop) {
  const World world{processes_, http_, podman(), clock_};
  Executor(environment_, deploy_, world, facts, memory_).run(plan, options, reporter, std::move(stop));
  memory_.save();
}

model::DeployValues Session::deploy_values() const {
  base::Sources sources;
  base::Diagnostics ignored;
  return deploy_.read_config(env(), sources, ignored).value_or(model::DeployValues{});
}

std::vector<std::string> Session::how_to_go_on() const {
  const model::DeployValues deploy = deploy_values();
  std::vector<std::string> lines;
  for (const std::string& line : env().after_up) lines.push_back(render_text(environment_, line, deploy, deploy_.folder()));
  return lines;
}

}  // namespace app
