#include "envtool/cli/cluster.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <thread>

#include "envtool/base/strings.h"
#include "envtool/cli/print.h"
#include "envtool/cli/progress.h"
#include "envtool/cli/terminal.h"
#include "envtool/cli/whole_lines.h"
#include "envtool/doc/json.h"

namespace cli {
namespace {

/// One environment and one cluster, for whose version the session composes.
class Desk {
 public:
  Desk(Shell& shell, const EnvironmentArguments& arguments) : shell_(shell), session_(open_session(shell, arguments)) {
    base::Diagnostics warnings;
    const kube::Choice choice{arguments.kubeconfig, arguments.context.empty() ? session_->env().cluster.context : arguments.context};
    kube::Connection connection = as_usage([&] { return kube::load_connection(choice, kube::surroundings_of_process(), sources_, warnings); });
    print_diagnostics(warnings.all());
    kube::Settings settings;
    settings.timeout = std::chrono::seconds(arguments.request_timeout);
    settings.patience = settings.plugin_timeout = 2 * settings.timeout;
    settings.page = 500;
    settings.cache = session_->environment().project.state_directory() / "discovery";
    client_ = std::make_unique<kube::Client>(std::move(connection), std::move(settings), shell.processes, clock_);
    cluster_.emplace(*client_, session_->env(), clock_);
    const kube::Version version = client_->version(shell_.stop);
    session_->aim_at({manifest::Platform::kubernetes, {version.major, version.minor, 0}});
  }

  app::Session& session() { return *session_; }
  kube::Client& client() { return *client_; }
  const app::Cluster& cluster() const { return *cluster_; }

  /// What podman has of the images, besides what is known without asking.
  plan::Facts gather() {
    plan::Facts facts = session_->gather(app::Session::Outside::ask, shell_.stop);
    if (!session_->env().images.empty()) app::add_podman_facts(session_->environment(), session_->podman(), facts);
    return facts;
  }

  /// Before the first `up` there are no keys to look into.
  app::Contents known_contents() const {
    const auto is_there = [this](const model::Secret& secret) { return session_->deploy().fingerprint(secret).has_value(); };
    return std::ranges::all_of(session_->env().secrets, is_there) ? app::Contents::whole : app::Contents::fingerprints;
  }

  /// The form as far as it is known: images that weren't pushed yet are named by their tags.
  manifest::ClusterForm form(app::Contents contents) {
    plan::Facts facts = session_->gather(app::Session::Outside::remember, shell_.stop);
    base::Diagnostics problems;
    manifest::ClusterForm form = as_usage([&] { return session_->cluster_form(facts, app::pinned_images(session_->env(), facts), contents, problems); });
    print_diagnostics(problems.all());
    return form;
  }

  /// What objects are called: for who only looks for them. No registry is needed.
  manifest::ClusterForm names() {
    const plan::Facts facts = session_->gather(app::Session::Outside::remember, shell_.stop);
    base::Diagnostics ignored;
    std::map<std::string, std::string> images;
    for (const model::Image& image : session_->env().images) images[image.reference] = image.reference;
    return as_usage([&] { return session_->cluster_form(facts, std::move(images), app::Contents::fingerprints, ignored); });
  }

 private:
  Shell& shell_;
  base::Sources sources_;
  std::unique_ptr<app::Session> session_;
  sys::SteadyClock clock_;
  std::unique_ptr<kube::Client> client_;
  std::optional<app::Cluster> cluster_;
};

/// The steps on this machine, then those in the cluster.
plan::Plan joined(plan::Plan local, const app::ClusterPlan& cluster) {
  for (plan::Step& step : app::to_plan(cluster).steps) local.steps.push_back(std::move(step));
  return local;
}

std::string change_text(const app::FieldChange& change) {
  const std::string place = change.place ? fmt::format("  ({})", to_string(change.place)) : "";
  if (change.before.empty()) return fmt::format("  + {}: {}{}\n", change.path, change.after, place);
  if (change.after.empty()) return fmt::format("  - {}: {}{}\n", change.path, change.before, place);
  return fmt::format("  ~ {}: {} -> {}{}\n", change.path, change.before, change.after, place);
}

std::string changes_text(const app::ClusterPlan& plan) {
  std::string text;
  for (const app::ObjectStep& step : plan.objects) {
    if (step.changes.empty()) continue;
    text += fmt::format("{}: {}\n", kube::to_string(step.reference), step.reason);
    for (const app::FieldChange& change : step.changes) text += change_text(change);
  }
  return text;
}

doc::Value change_value(const app::FieldChange& change) {
  const auto json_of = [](const std::string& text) { return text.empty() ? doc::Value() : doc::Value(text); };
  return doc::make_map({{"path", change.path}, {"before", json_of(change.before)}, {"after", json_of(change.after)}, {"at", to_string(change.place)}});
}

doc::Value object_value(const app::ObjectStep& step) {
  return doc::make_map({{"object", kube::to_string(step.reference)}, {"action", to_string(step.action)}, {"reason", step.reason},
                        {"changes", doc::make_list(step.changes, change_value)}});
}

/// What differs, and nothing else.
std::vector<app::ObjectStep> differing(const app::ClusterPlan& plan) {
  std::vector<app::ObjectStep> steps;
  std::ranges::copy_if(plan.objects, std::back_inserter(steps), [](const app::ObjectStep& step) { return step.action != plan::Action::nothing; });
  return steps;
}

void show_plan(const Shell& shell, const plan::Plan& steps, const app::ClusterPlan& cluster) {
  if (shell.globals.output == OutputFormat::json) {
    doc::Value value = plan_value(steps);
    value["objects"] = doc::make_list(cluster.objects, object_value);
    print_json(value);
    return;
  }
  print_text(plan_text(steps));
  const std::string changes = changes_text(cluster);
  if (!changes.empty()) print_text("\n" + changes);
}

void show_names(const manifest::ClusterForm& form) {
  for (const auto& [composed, name] : form.renamed) print_line(fmt::format("{} is `{}` in the cluster", composed, name));
}

/// How its Services are reached from here.
void show_services(const manifest::ClusterForm& form, const kube::Connection& connection) {
  print_line(fmt::format("Namespace `{}`, context `{}`", form.namespace_name, connection.context));
  for (const manifest::ClusterObject& object : form.objects) {
    if (doc::text_at(object.object, "kind") != "Service" || doc::text_at(object.object, "spec.clusterIP") == "None") continue;
    for (const doc::Value& port : doc::list_at(object.object, "spec.ports")) {
      print_line(fmt::format("Service `{}`, port {}", doc::text_at(object.object, "metadata.name"), doc::emit_json(*port.find("port"))));
    }
  }
}

struct Prepared {
  plan::Plan local;
  app::ClusterPlan cluster;
};

/// Whether keys or settings are still to be made: nobody can tell before what they are.
bool makes_contents(const plan::Plan& plan) {
  return std::ranges::any_of(plan.steps, [](const plan::Step& step) {
    return step.acts() && (std::holds_alternative<plan::PrepareSecret>(step.payload) || std::holds_alternative<plan::MakeDeployConfig>(step.payload));
  });
}

/// Changes nothing.
Prepared prepare(Shell& shell, Desk& desk, const app::ClusterOptions& options) {
  const plan::Facts facts = desk.gather();
  plan::Plan local = desk.session().make_plan(facts, plan::Scope::cluster);
  const app::Contents contents = makes_contents(local) ? app::Contents::fingerprints : app::Contents::whole;
  return {std::move(local), desk.cluster().compare(desk.form(contents), options, shell.stop)};
}

}  // namespace

bool is_for_cluster(const EnvironmentArguments& arguments) { return is_cluster(arguments.target) || !arguments.context.empty(); }

std::string words_on_cluster(const model::Env& env, const EnvironmentArguments& arguments) {
  return env.words() + (arguments.context.empty() ? " --target kubernetes" : " --context " + arguments.context);
}

int plan_on_cluster(Shell& shell, const EnvironmentArguments& arguments, bool exit_code) {
  Desk desk(shell, arguments);
  require_deployment(desk.session());
  const Prepared prepared = prepare(shell, desk, {});
  const plan::Plan steps = joined(prepared.local, prepared.cluster);
  show_plan(shell, steps, prepared.cluster);
  return exit_code && steps.changes() ? kDifferences : kDone;
}

int diff_on_cluster(Shell& shell, const EnvironmentArguments& arguments) {
  Desk desk(shell, arguments);
  require_deployment(desk.session());
  app::ClusterPlan plan = desk.cluster().compare(desk.form(desk.known_contents()), {}, shell.stop);
  plan.objects = differing(plan);
  if (shell.globals.output == OutputFormat::json) {
    print_json(doc::make_list(plan.objects, object_value));
  } else {
    for (const app::ObjectStep& step : plan.objects) {
      print_line(fmt::format("{}: {}: {}", kube::to_string(step.reference), to_string(step.action), step.reason));
      for (const app::FieldChange& change : step.changes) print_text(change_text(change));
    }
  }
  return plan.objects.empty() ? kDone : kDifferences;
}

int up_on_cluster(Shell& shell, const EnvironmentArguments& arguments, const ClusterUp& options) {
  if (options.rehearsal.print_commands) throw WrongUsage(base::Error("--print-commands is for podman").hint("`envtool render ENV --target kubernetes` writes what kubectl applies").diagnostics());
  Desk desk(shell, arguments);
  require_deployment(desk.session());
  if (options.rehearsal.dry_run) {
    const Prepared prepared = prepare(shell, desk, options.cluster);
    show_plan(shell, joined(prepared.local, prepared.cluster), prepared.cluster);
    return kDone;
  }
  const sys::FileLock lock = lock_environment(desk.session());
  const plan::Facts facts = desk.gather();
  const plan::Plan local = desk.session().make_plan(facts, plan::Scope::cluster);
  if (local.changes()) carry_out(shell, desk.session(), local, facts, options.execute);
  const app::ClusterPlan plan = desk.cluster().compare(desk.form(app::Contents::whole), options.cluster, shell.stop);
  const std::unique_ptr<app::Reporter> reporter = make_reporter(shell.globals.progress);
  desk.cluster().carry_out(plan, options.cluster, *reporter, shell.stop);
  if (shell.globals.output == OutputFormat::json) {
    show_plan(shell, joined(local, plan), plan);
    return kDone;
  }
  if (plan.writes()) show_names(plan.form);
  show_services(plan.form, desk.client().connection());
  return kDone;
}

int down_on_cluster(Shell& shell, const EnvironmentArguments& arguments, app::ClusterRemoval what, const Rehearsal& rehearsal) {
  Desk desk(shell, arguments);
  const sys::FileLock lock = lock_environment(desk.session());
  const app::ClusterPlan plan = desk.cluster().compare_removal(desk.names(), what, shell.stop);
  const plan::Plan steps = app::to_plan(plan);
  if (rehearsal.wanted() || shell.globals.output == OutputFormat::json) show_plan(shell, steps, plan);
  if (rehearsal.wanted()) return kDone;
  const std::unique_ptr<app::Reporter> reporter = make_reporter(shell.globals.progress);
  desk.cluster().remove(plan, *reporter, shell.stop);
  return kDone;
}

int status_on_cluster(Shell& shell, const EnvironmentArguments& arguments) {
  Desk desk(shell, arguments);
  app::ClusterStatus status = desk.cluster().look(desk.form(desk.known_contents()), shell.stop);
  print_diagnostics(status.problems.all());
  const manifest::ClusterForm& form = status.plan.form;
  const std::vector<app::ObjectStep> differ = differing(status.plan);
  if (shell.globals.output == OutputFormat::json) {
    const auto pod_value = [](const app::PodState& pod) {
      return doc::make_map({{"name", pod.name}, {"phase", pod.phase}, {"ready", pod.ready}, {"restarts", pod.restarts}, {"problem", pod.problem}});
    };
    print_json(doc::make_map({{"environment", desk.session().env().name}, {"instance", desk.session().env().instance}, {"context", desk.client().connection().context},
                              {"namespace", form.namespace_name}, {"workload", fmt::format("{}/{}", form.workload_kind, form.workload)}, {"ready", status.plan.ready},
                              {"as_defined", differ.empty()}, {"pods", doc::make_list(status.pods, pod_value)}, {"differs", doc::make_list(differ, object_value)}}));
    return kDone;
  }
  std::vector<std::vector<std::string>> rows{{"environment", desk.session().env().id()}, {"context", desk.client().connection().context},
                                             {"namespace", form.namespace_name}};
  rows.push_back({"workload", fmt::format("{}/{} ({})", form.workload_kind, form.workload, status.plan.ready ? "ready" : "not ready")});
  for (const app::PodState& pod : status.pods) {
    rows.push_back({"pod", fmt::format("{} ({}{}{}){}", pod.name, pod.phase, pod.ready ? ", ready" : "", pod.restarts > 0 ? fmt::format(", {} restarts", pod.restarts) : "",
                                       pod.problem.empty() ? "" : " " + pod.problem)});
  }
  rows.push_back({"objects", fmt::format("{}, {}", form.objects.size(), differ.empty() ? "all as defined" : fmt::format("{} differ", differ.size()))});
  for (const app::ObjectStep& step : differ) rows.push_back({"differs", fmt::format("{}: {}", kube::to_string(step.reference), step.reason)});
  print_text(table(rows));
  return kDone;
}

namespace {

/// Names of a pod's containers, those that only begin excepted.
std::vector<std::string> containers_of(const doc::Value& pod) {
  std::vector<std::string> names;
  for (const doc::Value& container : doc::list_at(pod, "spec.containers")) names.push_back(doc::text_at(container, "name"));
  return names;
}

void require_known(const std::string& container, const std::vector<std::string>& known) {
  if (std::ranges::find(known, container) != known.end()) return;
  throw WrongUsage(base::Error(fmt::format("there is no container `{}`", container)).guess(container, known, "containers here: " + base::join(known, ", ")).diagnostics());
}

void print_log_line(OutputFormat format, const std::string& container, const std::string& text) {
  print_line(format == OutputFormat::json ? doc::emit_json(doc::make_map({{"container", container}, {"line", text}})) : container + " " + text);
  std::fflush(stdout);
}

}  // namespace

int logs_on_cluster(Shell& shell, const EnvironmentArguments& arguments, const ClusterLogs& options) {
  Desk desk(shell, arguments);
  const kube::Reference pod = desk.cluster().require_pod(desk.names(), shell.stop);
  std::vector<std::string> names = containers_of(desk.client().get(pod, shell.stop).value_or(doc::Value()));
  if (!options.container.empty()) {
    require_known(options.container, names);
    names = {options.container};
  }
  std::mutex mutex;
  base::Diagnostics problems;
  std::vector<std::jthread> readers;
  for (const std::string& name : names) {
    readers.emplace_back([&, name] {
      WholeLines lines([&](const std::string& text) {
        const std::lock_guard lock(mutex);
        print_log_line(shell.globals.output, name, text);
      });
      kube::LogOptions wanted;
      wanted.container = name;
      wanted.follow = options.follow;
      if (options.tail >= 0) wanted.tail = options.tail;
      try {
        desk.client().logs(pod, wanted, [&lines](std::string_view bytes) { lines.add(bytes); }, shell.stop);
      } catch (const base::Error& error) {
        const std::lock_guard lock(mutex);
        problems.add(error);
      }
      lines.finish();
    });
    if (!options.follow) readers.back().join();
  }
  for (std::jthread& reader : readers) {
    if (reader.joinable()) reader.join();
  }
  problems.throw_if_errors();
  return kDone;
}

int with_pod_on_cluster(Shell& shell, const EnvironmentArguments& arguments, const WithPod& work) {
  Desk desk(shell, arguments);
  const kube::Reference pod = desk.cluster().require_ready_pod(desk.names(), shell.stop);
  return work(desk.session(), desk.client(), pod);
}

int exec_on_cluster(Shell& shell, const EnvironmentArguments& arguments, const std::string& container, const std::vector<std::string>& command) {
  Desk desk(shell, arguments);
  const kube::Reference pod = desk.cluster().require_pod(desk.names(), shell.stop);
  require_known(container, containers_of(desk.client().get(pod, shell.stop).value_or(doc::Value())));
  kube::ExecOptions options;
  options.container = container;
  options.command = command;
  std::string out, err;
  if (shell.globals.output == OutputFormat::json) {
    options.on_out = [&out](std::string_view bytes) { out += bytes; };
    options.on_err = [&err](std::string_view bytes) { err += bytes; };
    const int code = desk.client().exec(pod, options, shell.stop);
    print_json(doc::make_map({{"exit_code", code}, {"stdout", out}, {"stderr", err}}));
    return code;
  }
  const std::optional<RawTerminal> terminal = RawTerminal::take();
  if (terminal) options.terminal = kube::TerminalSize{terminal->columns(), terminal->rows()};
  options.input = STDIN_FILENO;
  options.on_out = [](std::string_view bytes) { print_text(std::string(bytes)), std::fflush(stdout); };
  options.on_err = [](std::string_view bytes) { std::fwrite(bytes.data(), 1, bytes.size(), stderr); };
  return desk.client().exec(pod, options, shell.stop);
}

}  // namespace cli
