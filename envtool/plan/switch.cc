#include "envtool/plan/switch.h"

#include <fmt/format.h>

#include <algorithm>

namespace plan {
namespace {

bool is_about_pod(const Step& step) {
  return std::holds_alternative<PlayPod>(step.payload) || std::holds_alternative<WaitReady>(step.payload);
}

/// The file that an environment makes for a secret; empty if it must be there already.
std::string made_file(const model::Secret& secret) {
  if (const auto* pair = std::get_if<model::KeyPairSecret>(&secret.source)) return pair->generate ? pair->file : "";
  if (const auto* random = std::get_if<model::RandomSecret>(&secret.source)) return random->file;
  return "";
}

template <typename Parts>
auto find_named(const Parts& parts, const std::string& name) {
  return std::ranges::find_if(parts, [&](const auto& part) { return part.name == name; });
}

}  // namespace

std::string_view to_string(Moment moment) { return moment == Moment::before ? "before" : "between"; }

std::vector<model::Secret> shared_secrets(const model::Env& from, const model::Env& to) {
  std::vector<model::Secret> shared;
  for (const model::Secret& secret : to.secrets) {
    const auto other = find_named(from.secrets, secret.name);
    const std::string file = made_file(secret);
    const bool same_kind = other != from.secrets.end() && other->source.index() == secret.source.index();
    if (same_kind && !file.empty() && made_file(*other) == file) shared.push_back(secret);
  }
  return shared;
}

std::vector<std::string> data_volumes(const model::Env& from, const model::Env& to) {
  std::vector<std::string> names;
  const doc::Value* listed = to.parameters.find("data_volumes");
  if (listed == nullptr || !listed->is_list()) return names;
  for (const doc::Value& name : listed->as_list()) {
    if (!name.is_string()) continue;
    const bool both_have_it = find_named(from.volumes, name.as_string()) != from.volumes.end() &&
                              find_named(to.volumes, name.as_string()) != to.volumes.end();
    if (both_have_it) names.push_back(name.as_string());
  }
  return names;
}

Plan up_to_start(Plan plan) {
  // Nothing else needs a step that waits.
  std::erase_if(plan.steps, [](const Step& step) { return std::holds_alternative<WaitReady>(step.payload); });
  for (Step& step : plan.steps) {
    if (auto* pod = std::get_if<PlayPod>(&step.payload)) pod->start = Start::later;
  }
  return plan;
}

Plan from_start_on(Plan plan) {
  // What waits comes last, so that all before it goes.
  const std::size_t gone = std::erase_if(plan.steps, [](const Step& step) { return !std::holds_alternative<WaitReady>(step.payload); });
  for (Step& step : plan.steps) {
    std::erase_if(step.needs, [gone](std::size_t needed) { return needed < gone; });
    for (std::size_t& needed : step.needs) needed -= gone;
    step.action = Action::wait;
  }
  return plan;
}

std::vector<SwitchStep> make_switch(const SwitchSubject& subject) {
  std::vector<SwitchStep> steps;
  const std::vector<model::Secret> shared = shared_secrets(subject.from, subject.to);
  for (const Step& step : subject.to_plan.steps) {
    if (is_about_pod(step)) continue;
    steps.push_back({Moment::before, step.id, step.action, step.reason});
    const auto* secret = std::get_if<PrepareSecret>(&step.payload);
    const bool taken = secret != nullptr && step.action == Action::create && find_named(shared, secret->secret.name) != shared.end() &&
                       subject.from_facts.deploy_files.contains(secret->secret.name);
    if (taken) steps.back().reason = fmt::format("`{}` has it already: it is taken from there", subject.from.id());
  }
  if (subject.from_facts.pod != PodState::absent) {
    steps.push_back({Moment::between, "pod " + subject.from.pod, Action::remove, "it makes room; its volumes and secrets stay"});
  }
  if (subject.data == Data::take_along) {
    for (const std::string& name : data_volumes(subject.from, subject.to)) {
      steps.push_back({Moment::between, "data " + name, Action::update, fmt::format("what `{}` has in it is laid over what is there", subject.from.id())});
    }
  }
  for (const Step& step : subject.to_plan.steps) {
    if (!is_about_pod(step)) continue;
    const std::string id = std::holds_alternative<PlayPod>(step.payload) ? "pod " + subject.to.pod : step.id;
    steps.push_back({Moment::between, id, step.action, step.reason});
  }
  return steps;
}

}  // namespace plan
