#include "envtool/app/cluster.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>

#include "envtool/app/cluster_lease.h"
#include "envtool/base/strings.h"
#include "envtool/manifest/labels.h"

namespace app {
namespace {

using base::Error;
using doc::Value;
using kube::Reference;
using manifest::ClusterObject;
using plan::Action;

/// apiVersion and kind of what envtool puts into clusters, besides what templates have of their own.
constexpr std::array<std::pair<const char*, const char*>, 10> kKinds{{{"v1", "ConfigMap"},
                                                                      {"v1", "Secret"},
                                                                      {"v1", "Service"},
                                                                      {"v1", "ServiceAccount"},
                                                                      {"v1", "PersistentVolumeClaim"},
                                                                      {"v1", "Pod"},
                                                                      {"apps/v1", "StatefulSet"},
                                                                      {"apps/v1", "Deployment"},
                                                                      {"networking.k8s.io/v1", "NetworkPolicy"},
                                                                      {"networking.k8s.io/v1", "Ingress"}}};
constexpr std::array kWorkloads{"StatefulSet", "Deployment", "Pod", "Job", "DaemonSet"};
constexpr std::chrono::seconds kPatience{180};
constexpr std::chrono::seconds kGoodbye{120};
constexpr std::chrono::seconds kLook{2};
constexpr std::size_t kEvents = 10;
constexpr int kLogLines = 15;

std::string kind_of(const Value& object) { return doc::text_at(object, "kind"); }
std::string name_of(const Value& object) { return doc::text_at(object, "metadata.name"); }
std::string uid_of(const Value& object) { return doc::text_at(object, "metadata.uid"); }

bool is_workload(std::string_view kind) { return std::ranges::find(kWorkloads, kind) != kWorkloads.end(); }

/// Whether there is more to deleting it than to forget it: something has to end or to let go first.
bool stays_for_a_while(std::string_view kind) { return is_workload(kind) || kind == "Namespace" || kind == "PersistentVolumeClaim"; }

/// What a controller made goes with its owner.
bool is_owned(const Value& object) { return !doc::list_at(object, "metadata.ownerReferences").empty(); }

bool is_ours(const Value& object, const model::Env& env) {
  return label_of(object, manifest::kEnvironmentLabel) == env.name && label_of(object, manifest::kInstanceLabel) == env.instance &&
         !label_of(object, manifest::kKeyLabel).empty() && label_of(object, "app.kubernetes.io/managed-by") == "envtool";
}

std::string step_id(const Reference& reference) { return fmt::format("object {}", kube::to_string(reference)); }

/// Fields that only a new object can have.
bool must_be_made_anew(const kube::Refusal& refusal, const Reference& reference) { return refusal.reason == "Invalid" && is_workload(reference.kind); }

std::string managers_in(const std::vector<kube::Conflict>& conflicts) {
  std::set<std::string> names;
  for (const kube::Conflict& conflict : conflicts) names.insert(conflict.manager);
  return base::quoted_list({names.begin(), names.end()});
}

/// Another tool that applies the object would take the field back.
const kube::Conflict* rival_in(const std::vector<kube::Conflict>& conflicts, const Value& live) {
  const auto rival = std::ranges::find_if(conflicts, [&](const kube::Conflict& one) { return applies(live, one.manager); });
  return rival == conflicts.end() ? nullptr : &*rival;
}

ObjectStep step_of(const Reference& reference, Action action, std::string reason) {
  ObjectStep step;
  step.reference = reference;
  step.action = action;
  step.reason = std::move(reason);
  return step;
}

/// Whose an object is, if it is another environment's or instance's; else the empty string.
std::string other_owner(const Value& object, const model::Env& env) {
  const std::string name = label_of(object, manifest::kEnvironmentLabel);
  const std::string instance = label_of(object, manifest::kInstanceLabel);
  if (name.empty() || (name == env.name && instance == env.instance)) return "";
  return instance.empty() ? fmt::format("environment `{}`", name) : fmt::format("instance `{}` of environment `{}`", instance, name);
}

/// Nothing of another environment is written over, where two of them came to the same names.
void refuse_others(const manifest::ClusterForm& form, const std::map<std::pair<std::string, std::string>, Value>& live, const model::Env& env) {
  base::Diagnostics problems;
  for (const ClusterObject& wanted : form.objects) {
    const auto found = live.find({kind_of(wanted.object), name_of(wanted.object)});
    const std::string owner = found == live.end() ? "" : other_owner(found->second, env);
    if (owner.empty()) continue;
    problems.error(fmt::format("{} `{}` belongs to {}", kind_of(wanted.object), name_of(wanted.object), owner), wanted.span)
        .hints.emplace_back("give this environment a namespace of its own: `--set cluster.namespace=NAME`");
  }
  problems.throw_if_errors();
}

/// What is to be done about one object, as far as its key and its fields tell.
ObjectStep first_look(const ClusterObject& wanted, const Value* live, const model::Env& env) {
  const Reference reference = kube::reference_of(wanted.object);
  if (live == nullptr) return step_of(reference, Action::create, "it isn't there");
  if (reference.kind == "Namespace" && !is_ours(*live, env)) return step_of(reference, Action::nothing, "it is there, and not envtool's");
  const bool same_key = label_of(*live, manifest::kKeyLabel) == wanted.key;
  if (wanted.keep == manifest::Keep::create_once) {
    return same_key ? step_of(reference, Action::nothing, "it is there") : step_of(reference, Action::stale, "what it is made from changed");
  }
  if (same_key && holds(wanted.object, *live)) return step_of(reference, Action::nothing, "it is as defined");
  if (!is_ours(*live, env)) return step_of(reference, Action::update, "it is there, and was not made by envtool");
  return step_of(reference, Action::update, same_key ? "somebody changed it" : "its definition changed");
}

/// Passes on the fate of steps that are done together.
class Group {
 public:
  Group(Reporter& reporter, std::vector<std::size_t> steps) : reporter_(reporter), steps_(std::move(steps)), began_(std::chrono::steady_clock::now()) {
    for (const std::size_t step : steps_) reporter_.started(step);
  }
  void end(graph::State state) {
    for (const std::size_t step : steps_) reporter_.finished(step, {state, nullptr, std::chrono::steady_clock::now() - began_});
  }

 private:
  Reporter& reporter_;
  std::vector<std::size_t> steps_;
  std::chrono::steady_clock::time_point began_;
};

template <typename Work>
void report(Reporter& reporter, const std::vector<std::size_t>& steps, Work&& work) {
  if (steps.empty()) return;
  Group group(reporter, steps);
  try {
    work();
  } catch (...) {
    group.end(graph::State::failed);
    throw;
  }
  group.end(graph::State::done);
}

PodState state_of(const Value& pod) {
  PodState state{name_of(pod), doc::text_at(pod, "status.phase"), is_ready(pod), 0, problem_of(pod)};
  if (doc::at_path(pod, "metadata.deletionTimestamp") != nullptr) state.phase = "Terminating";
  for (const Value& status : doc::list_at(pod, "status.containerStatuses")) {
    const Value* count = status.find("restartCount");
    if (count != nullptr && count->is_integer()) state.restarts += count->as_integer();
  }
  return state;
}

/// One line of what a pod is doing.
std::string told(const Value& pod) {
  const PodState state = state_of(pod);
  if (!state.problem.empty()) return fmt::format("{}: {}", state.name, state.problem);
  return fmt::format("{}: {}{}", state.name, state.phase, state.ready ? ", ready" : "");
}

std::string time_of(const Value& event) {
  for (const char* path : {"lastTimestamp", "eventTime", "metadata.creationTimestamp"}) {
    if (std::string time = doc::text_at(event, path); !time.empty()) return time;
  }
  return "";
}

void throw_if_interrupted(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Error("interrupted");
}

}  // namespace

bool ClusterPlan::writes() const {
  return std::ranges::any_of(objects, [](const ObjectStep& step) { return step.action != Action::nothing && step.action != Action::stale; });
}

plan::Plan to_plan(const ClusterPlan& plan) {
  plan::Plan steps;
  for (const ObjectStep& one : plan.objects) {
    plan::Step step{step_id(one.reference), plan::ClusterWork{}, {}, plan::Policy::converge, {}, one.action, one.reason};
    if (one.action != Action::remove && plan.form.objects[one.object].keep == manifest::Keep::create_once) step.policy = plan::Policy::create_once;
    if (one.way == ObjectStep::Way::make_anew) step.reason += "; it is made anew";
    if (one.action != Action::remove) step.key = plan.form.objects[one.object].key;
    steps.steps.push_back(std::move(step));
  }
  if (plan.form.workload.empty()) return steps;
  steps.steps.push_back({fmt::format("ready {}/{}", plan.form.workload_kind, plan.form.workload), plan::ClusterWork{}, {}, plan::Policy::converge, {},
                         plan.ready ? Action::nothing : Action::wait, plan.ready ? "it is ready" : "its pod to be ready"});
  return steps;
}

// ---- what is there -------------------------------------------------------------------------------------------------

std::string Cluster::selector() const {
  const std::string of_instance = env_.instance.empty() ? fmt::format("!{}", manifest::kInstanceLabel) : fmt::format("{}={}", manifest::kInstanceLabel, env_.instance);
  return fmt::format("{}={},{}", manifest::kEnvironmentLabel, env_.name, of_instance);
}

/// All that carries the environment's labels.
Cluster::Live Cluster::find_live(const manifest::ClusterForm& form, std::stop_token stop) const {
  std::set<std::pair<std::string, std::string>> kinds(kKinds.begin(), kKinds.end());
  for (const ClusterObject& object : form.objects) kinds.emplace(doc::text_at(object.object, "apiVersion"), kind_of(object.object));
  kinds.erase({"v1", "Namespace"});
  std::vector<kube::Collection> collections;
  for (const auto& [api_version, kind] : kinds) collections.push_back({api_version, kind, form.namespace_name, selector(), ""});
  Live live;
  base::Diagnostics problems;
  for (kube::Listing& listing : client_.list_all(collections, stop)) {
    if (listing.problem) problems.add(*listing.problem);
    for (Value& object : listing.objects) {
      std::pair key{kind_of(object), name_of(object)};
      live.insert_or_assign(std::move(key), std::move(object));
    }
  }
  try {
    if (auto there = client_.get({"v1", "Namespace", "", form.namespace_name}, stop)) live[{"Namespace", form.namespace_name}] = std::move(*there);
  } catch (const Error& error) {
    problems.add(error);
  }
  problems.throw_if_errors();
  return live;
}

/// What has the name of an object and not its labels.
void Cluster::add_foreign(const manifest::ClusterForm& form, Live& live, std::stop_token stop) const {
  if (!live.contains({"Namespace", form.namespace_name})) return;
  std::vector<Reference> missing;
  for (const ClusterObject& wanted : form.objects) {
    if (!live.contains({kind_of(wanted.object), name_of(wanted.object)})) missing.push_back(kube::reference_of(wanted.object));
  }
  const std::vector<kube::Answer> answers = client_.get_all(missing, std::move(stop));
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (answers[i].ok()) live[{missing[i].kind, missing[i].name}] = answers[i].object;
  }
}

ClusterPlan Cluster::compare(manifest::ClusterForm form, const ClusterOptions& options, std::stop_token stop) const {
  base::Diagnostics problems;
  ClusterPlan plan = compare(std::move(form), options, problems, std::move(stop));
  problems.throw_if_errors();
  return plan;
}

ClusterPlan Cluster::compare(manifest::ClusterForm form, const ClusterOptions& options, base::Diagnostics& problems, std::stop_token stop) const {
  Live live = find_live(form, stop);
  add_foreign(form, live, stop);
  const auto find = [&live](const std::string& kind, const std::string& name) {
    const auto found = live.find({kind, name});
    return found == live.end() ? nullptr : &found->second;
  };
  const Value* there = find("Namespace", form.namespace_name);
  if (there != nullptr && doc::text_at(*there, "status.phase") == "Terminating") {
    throw Error(fmt::format("namespace `{}` is being deleted", form.namespace_name)).hint("wait until it is gone, and try again");
  }
  refuse_others(form, live, env_);
  ClusterPlan plan;
  plan.form = std::move(form);
  std::set<std::pair<std::string, std::string>> wanted;
  for (std::size_t i = 0; i < plan.form.objects.size(); ++i) {
    const Value& object = plan.form.objects[i].object;
    wanted.emplace(kind_of(object), name_of(object));
    plan.objects.push_back(first_look(plan.form.objects[i], find(kind_of(object), name_of(object)), env_));
    plan.objects.back().object = i;
  }
  for (const auto& [key, object] : live) {
    if (wanted.contains(key) || key.first == "PersistentVolumeClaim" || is_owned(object) || !is_ours(object, env_)) continue;
    plan.objects.push_back(step_of(kube::reference_of(object), Action::remove, "it left the definition"));
    plan.objects.back().uid = uid_of(object);
  }
  if (there != nullptr) rehearse(plan, live, options, problems, stop);
  const Value* workload = find(plan.form.workload_kind, plan.form.workload);
  plan.ready = workload != nullptr && is_ready(*workload) && std::ranges::none_of(plan.objects, [&](const ObjectStep& step) {
    return step.reference.name == plan.form.workload && step.reference.kind == plan.form.workload_kind && step.action != Action::nothing;
  });
  return plan;
}

/// After a conflict: takes fields from those who set them once; from another tool that applies them only if that is wanted.
kube::Answer Cluster::take_fields(kube::Answer refused, const Value& wanted, kube::Rehearse rehearse, const ClusterOptions& options,
                                  std::stop_token stop) const {
  const Value live = client_.get(kube::reference_of(wanted), stop).value_or(Value());
  if (options.others == ClusterOptions::Others::override || rival_in(refused.refusal->conflicts(), live) == nullptr) {
    return client_.apply(wanted, {kube::Force::yes, rehearse}, std::move(stop));
  }
  refused.refusal->diagnostic.hints.emplace_back("`--take-over` makes these fields envtool's; the other tool may take them back");
  return refused;
}

/// Asks by dry runs what would change. A bare Pod can't be rehearsed before what it names is there.
void Cluster::rehearse(ClusterPlan& plan, const Live& live, const ClusterOptions& options, base::Diagnostics& problems, std::stop_token stop) const {
  std::vector<std::size_t> asked;
  std::vector<Value> objects;
  for (std::size_t i = 0; i < plan.objects.size(); ++i) {
    const ObjectStep& step = plan.objects[i];
    const bool rehearsable = step.action == Action::update || (step.action == Action::create && step.reference.kind != "Pod");
    if (!rehearsable) continue;
    asked.push_back(i);
    objects.push_back(plan.form.objects[step.object].object);
  }
  if (asked.empty()) return;
  std::vector<kube::Answer> answers = client_.apply_all(objects, {kube::Force::no, kube::Rehearse::yes}, stop);
  throw_if_interrupted(stop);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    ObjectStep& step = plan.objects[asked[i]];
    const ClusterObject& wanted = plan.form.objects[step.object];
    const auto found = live.find({step.reference.kind, step.reference.name});
    if (answers[i].refusal && found != live.end() && !answers[i].refusal->conflicts().empty()) {
      step.reason = fmt::format("{} changed it", managers_in(answers[i].refusal->conflicts()));
      answers[i] = take_fields(std::move(answers[i]), wanted.object, kube::Rehearse::yes, options, stop);
    }
    if (answers[i].refusal && found != live.end() && must_be_made_anew(*answers[i].refusal, step.reference)) {
      step.way = ObjectStep::Way::make_anew;
      step.changes = changes_wanted(wanted, found->second);
    } else if (answers[i].refusal) {
      problems.add(Error(answers[i].refusal->diagnostic));
    } else if (found != live.end()) {
      step.changes = changes_between(wanted, found->second, answers[i].object);
      const bool same_key = label_of(found->second, manifest::kKeyLabel) == wanted.key;
      if (step.changes.empty() && same_key) step.action = Action::nothing, step.reason = "it is as defined";
    }
  }
}

ClusterStatus Cluster::look(manifest::ClusterForm form, std::stop_token stop) const {
  ClusterStatus status;
  status.plan = compare(std::move(form), {ClusterOptions::Others::override, {}}, status.problems, stop);
  std::ranges::transform(pods(status.plan.form.namespace_name, stop), std::back_inserter(status.pods), state_of);
  return status;
}

// ---- making it so --------------------------------------------------------------------------------------------------

void Cluster::apply(const ClusterPlan& plan, const std::vector<std::size_t>& steps, const ClusterOptions& options, std::stop_token stop) const {
  std::vector<Value> objects;
  for (const std::size_t index : steps) {
    const ObjectStep& step = plan.objects[index];
    objects.push_back(plan.form.objects[step.object].object);
    if (step.way == ObjectStep::Way::apply) continue;
    client_.remove(step.reference, {kube::Propagation::foreground, {}, {}, {}, kube::Rehearse::no}, stop).value();
    client_.wait_gone(step.reference, "", kGoodbye, stop);
  }
  std::vector<kube::Answer> answers = client_.apply_all(objects, {kube::Force::no, kube::Rehearse::no}, stop);
  throw_if_interrupted(stop);
  base::Diagnostics problems;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (answers[i].refusal && !answers[i].refusal->conflicts().empty()) {
      answers[i] = take_fields(std::move(answers[i]), objects[i], kube::Rehearse::no, options, stop);
    }
    if (answers[i].refusal) problems.add(Error(answers[i].refusal->diagnostic));
  }
  problems.throw_if_errors();
}

/// Only the very object that was looked at.
void Cluster::take_away(const ClusterPlan& plan, const std::vector<std::size_t>& steps, std::stop_token stop) const {
  for (const std::size_t index : steps) {
    const ObjectStep& step = plan.objects[index];
    const kube::Propagation propagation = is_workload(step.reference.kind) ? kube::Propagation::foreground : kube::Propagation::background;
    client_.remove(step.reference, {propagation, step.uid, {}, {}, kube::Rehearse::no}, stop).value();
  }
  for (const std::size_t index : steps) {
    const ObjectStep& step = plan.objects[index];
    if (!stays_for_a_while(step.reference.kind)) continue;
    if (client_.wait_gone(step.reference, step.uid, kGoodbye, stop) == kube::Waited::done) continue;
    throw_if_interrupted(stop);
    throw Error(fmt::format("`{}` is not gone after {} s", kube::to_string(step.reference), kGoodbye.count()))
        .hint("a finalizer may hold it: see its metadata.finalizers");
  }
}

void Cluster::carry_out(const ClusterPlan& plan, const ClusterOptions& options, Reporter& reporter, std::stop_token stop) const {
  const plan::Plan steps = to_plan(plan);
  std::vector<std::size_t> space, before, first, then, after;
  for (std::size_t i = 0; i < plan.objects.size(); ++i) {
    const ObjectStep& step = plan.objects[i];
    if (!steps.steps[i].acts()) continue;
    const bool workload = is_workload(step.reference.kind);
    if (step.action == Action::remove) {
      (workload ? before : after).push_back(i);
    } else {
      (step.reference.kind == "Namespace" ? space : workload ? then : first).push_back(i);
    }
  }
  reporter.begin(steps);
  report(reporter, space, [&] { apply(plan, space, options, stop); });
  std::optional<ClusterLease> lease;
  if (plan.writes()) {
    doc::Map labels;
    labels.set(manifest::kEnvironmentLabel, env_.name);
    if (!env_.instance.empty()) labels.set(manifest::kInstanceLabel, env_.instance);
    lease.emplace(client_, lease_of(plan.form.namespace_name, plan.form.workload), std::move(labels), clock_, stop);
  }
  report(reporter, before, [&] { take_away(plan, before, stop); });
  report(reporter, first, [&] { apply(plan, first, options, stop); });
  report(reporter, then, [&] { apply(plan, then, options, stop); });
  if (!plan.ready && !plan.form.workload.empty()) {
    const std::size_t last = steps.steps.size() - 1;
    report(reporter, {last}, [&] { wait_until_ready(plan, options, [&](const std::string& text) { reporter.line(last, text); }, stop); });
  }
  report(reporter, after, [&] { take_away(plan, after, stop); });
}

void Cluster::wait_until_ready(const ClusterPlan& plan, const ClusterOptions& options, const std::function<void(const std::string&)>& say,
                               std::stop_token stop) const {
  std::chrono::seconds patience = kPatience;
  for (const model::ReadyCheck& check : env_.ready) patience = std::max(patience, std::chrono::seconds(check.timeout_seconds));
  patience = options.patience.value_or(patience);
  const ClusterObject& workload = *std::ranges::find_if(plan.form.objects, [&](const ClusterObject& object) {
    return kind_of(object.object) == plan.form.workload_kind && name_of(object.object) == plan.form.workload;
  });
  const kube::Collection itself{doc::text_at(workload.object, "apiVersion"), plan.form.workload_kind, plan.form.namespace_name, "",
                                "metadata.name=" + plan.form.workload};
  const auto deadline = clock_.now() + patience;
  const auto on_event = [](const kube::Event& event) {
    return event.change != kube::Change::removed && is_ready(event.object) ? kube::Go::stop : kube::Go::on;
  };
  std::set<std::string> said;
  while (client_.wait(itself, on_event, kLook, stop) != kube::Waited::done) {
    throw_if_interrupted(stop);
    for (const Value& pod : pods(plan.form.namespace_name, stop)) {
      if (said.insert(told(pod)).second) say(told(pod));
    }
    if (clock_.now() < deadline) continue;
    base::Diagnostic problem{base::Severity::error, fmt::format("{} `{}` is not ready after {} s", plan.form.workload_kind, plan.form.workload, patience.count()), {}, {}, {}};
    problem.notes = evidence(plan.form.namespace_name, stop);
    throw NotReady(std::vector{std::move(problem)});
  }
}

/// States of pods, what happened to them, and what their containers said last.
std::vector<std::string> Cluster::evidence(const std::string& kubernetes_namespace, std::stop_token stop) const {
  std::vector<std::string> notes;
  try {
    const std::vector<Value> running = pods(kubernetes_namespace, stop);
    for (const Value& pod : running) notes.push_back("pod " + told(pod));
    std::vector<Value> events = client_.list({"v1", "Event", kubernetes_namespace, "", ""}, stop);
    std::ranges::stable_sort(events, {}, time_of);
    if (events.size() > kEvents) events.erase(events.begin(), events.end() - kEvents);
    for (const Value& event : events) {
      notes.push_back(fmt::format("{} {}: {}: {}", doc::text_at(event, "involvedObject.kind"), doc::text_at(event, "involvedObject.name"),
                                  doc::text_at(event, "reason"), doc::text_at(event, "message")));
    }
    for (const Value& pod : running) {
      for (const Value& container : doc::list_at(pod, "status.containerStatuses")) {
        if (const Value* ready = container.find("ready"); ready != nullptr && *ready == Value(true)) continue;
        std::string log;
        kube::LogOptions wanted;
        wanted.container = doc::text_at(container, "name");
        wanted.tail = kLogLines;
        client_.logs(kube::reference_of(pod), wanted, [&log](std::string_view bytes) { log += bytes; }, stop);
        if (!log.empty()) notes.push_back(fmt::format("the last lines of `{}` are:\n{}", wanted.container, log));
      }
    }
  } catch (const Error& error) {
    notes.push_back(error.diagnostics().front().message);
  }
  return notes;
}

// ---- pods and the end ----------------------------------------------------------------------------------------------

std::vector<Value> Cluster::pods(const std::string& kubernetes_namespace, std::stop_token stop) const {
  std::vector<Value> found = client_.list({"v1", "Pod", kubernetes_namespace, "app.kubernetes.io/instance=" + env_.pod, ""}, std::move(stop));
  for (Value& pod : found) {
    pod["apiVersion"] = "v1";
    pod["kind"] = "Pod";
  }
  return found;
}

Value Cluster::newest_pod(const manifest::ClusterForm& form, std::stop_token stop) const {
  std::vector<Value> found = pods(form.namespace_name, std::move(stop));
  if (found.empty()) {
    throw Error(fmt::format("environment `{}` has no pod in namespace `{}`", env_.id(), form.namespace_name))
        .hint(fmt::format("envtool up {} --target kubernetes", env_.words()));
  }
  return *std::ranges::max_element(found, {}, [](const Value& pod) { return doc::text_at(pod, "metadata.creationTimestamp"); });
}

Reference Cluster::require_pod(const manifest::ClusterForm& form, std::stop_token stop) const {
  return kube::reference_of(newest_pod(form, std::move(stop)));
}

Reference Cluster::require_ready_pod(const manifest::ClusterForm& form, std::stop_token stop) const {
  const Value pod = newest_pod(form, std::move(stop));
  if (is_ready(pod)) return kube::reference_of(pod);
  throw Error(fmt::format("the pod of environment `{}` in namespace `{}` is not ready: {}", env_.id(), form.namespace_name, told(pod)))
      .hint(fmt::format("envtool status {} --target kubernetes", env_.words()));
}

ClusterPlan Cluster::compare_removal(manifest::ClusterForm form, ClusterRemoval what, std::stop_token stop) const {
  const Live live = find_live(form, std::move(stop));
  ClusterPlan plan;
  const auto add = [&](const Value& object, std::string reason) {
    plan.objects.push_back(step_of(kube::reference_of(object), Action::remove, std::move(reason)));
    plan.objects.back().uid = uid_of(object);
  };
  for (const bool workloads : {true, false}) {
    for (const auto& [key, object] : live) {
      if (is_workload(key.first) != workloads || key.first == "Namespace" || is_owned(object) || !is_ours(object, env_)) continue;
      if (key.first == "PersistentVolumeClaim" && what == ClusterRemoval::workload) continue;
      add(object, key.first == "PersistentVolumeClaim" ? "its data is lost" : "it is the environment's");
    }
  }
  const auto space = live.find({"Namespace", form.namespace_name});
  if (what == ClusterRemoval::all && space != live.end() && is_ours(space->second, env_)) add(space->second, "envtool made it");
  plan.form.namespace_name = form.namespace_name;
  plan.lease = form.workload;
  return plan;
}

void Cluster::remove(const ClusterPlan& plan, Reporter& reporter, std::stop_token stop) const {
  const plan::Plan steps = to_plan(plan);
  reporter.begin(steps);
  for (std::size_t i = 0; i < plan.objects.size(); ++i) {
    report(reporter, {i}, [&] { take_away(plan, {i}, stop); });
    throw_if_interrupted(stop);
  }
  client_.remove(lease_of(plan.form.namespace_name, plan.lease), {}, stop).value();
}

}  // namespace app
