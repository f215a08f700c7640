#include "envtool/app/standins.h"

#include <fmt/format.h>

#include <future>

#include "envtool/app/memory_file.h"

namespace app {
namespace {

enum class PartKind { repository, image };

/// Parts with a stand-in, by URL or reference.
std::map<std::string, PartKind> outside_parts(const model::Env& env) {
  std::map<std::string, PartKind> parts;
  for (const model::Repository& repository : env.repositories) {
    if (!repository.standin_tree.empty()) parts[repository.url] = PartKind::repository;
  }
  for (const model::Image& image : env.images) {
    const auto* build = std::get_if<model::Build>(&image.source);
    if (build == nullptr) continue;
    if (build->base && !build->base->image.empty() && !build->base->own.empty()) parts[build->base->image] = PartKind::image;
    for (const model::PinnedPackage& package : build->packages) parts[package.url] = PartKind::repository;
  }
  for (const model::Standin& standin : env.standins) {
    if (!standin.image.empty()) parts[standin.image] = PartKind::image;
  }
  return parts;
}

fs::path memory_file(const Project& project) { return project.state_directory() / "standins.json"; }

plan::Choice to_choice(const doc::Value& value) { return value == doc::Value("standin") ? plan::Choice::standin : plan::Choice::real; }

std::optional<plan::Choice> remembered(const doc::Value& memory, const std::string& part) {
  const doc::Value* found = memory.find(part);
  if (found == nullptr) return std::nullopt;
  return to_choice(*found);
}

bool answers(const std::string& part, PartKind kind, const StandinRequest& request, http::Client& client, std::stop_token stop) {
  const bool over_http = part.starts_with("http://") || part.starts_with("https://");
  if (kind == PartKind::repository && !over_http) return true;  // a path or ssh: cloning it will tell
  const std::string url = kind == PartKind::image ? registry_url(part) : part + "/info/refs?service=git-upload-pack";
  const http::Response response = client.get(url, request.patience, std::move(stop));
  return kind == PartKind::image ? response.status == 200 || response.status == 401 : response.status >= 200 && response.status < 400;
}

/// What the deploy ConfigMap says of a key, or would say if it were made now.
std::string deploy_value(const std::string& key, const doc::Value& definition, const model::DeployValues& deploy) {
  const auto said = deploy.find(key);
  if (said != deploy.end()) return said->second;
  const doc::Value* fallback = doc::at_path(definition, "deploy.keys." + key + ".default");
  return deploy.empty() && fallback != nullptr && fallback->is_string() ? fallback->as_string() : "";
}

void remember(const Project& project, doc::Value memory, const Choices& choices) {
  for (const auto& [part, choice] : choices) memory[part] = choice == plan::Choice::standin ? "standin" : "real";
  write_memory(memory_file(project), memory);
}

}  // namespace

std::string registry_url(const std::string& image) {
  const std::string host = image.substr(0, image.find('/'));
  return fmt::format("https://{}/v2/", host == "docker.io" ? "registry-1.docker.io" : host);
}

Choices choose_standins(const Project& project, const model::Env& env, const StandinRequest& request, http::Client& client,
                        std::stop_token stop) {
  const doc::Value memory = read_memory(memory_file(project));
  Choices choices;
  std::map<std::string, std::future<bool>> questions;
  for (const auto& [part, kind] : outside_parts(env)) {
    const std::optional<plan::Choice> before = remembered(memory, part);
    if (request.mode == StandinMode::never) {
      choices[part] = plan::Choice::real;
    } else if (request.mode == StandinMode::always) {
      choices[part] = plan::Choice::standin;
    } else if (before) {
      choices[part] = *before;
    } else {
      questions[part] = std::async(std::launch::async, [&, part = part, kind = kind] { return answers(part, kind, request, client, stop); });
    }
  }
  for (auto& [part, question] : questions) choices[part] = question.get() ? plan::Choice::real : plan::Choice::standin;
  if (!stop.stop_requested() && (!questions.empty() || request.mode != StandinMode::auto_choice)) remember(project, memory, choices);
  return choices;
}

bool is_taken(const model::Standin& standin, const doc::Value& definition, const Surroundings& surroundings) {
  const doc::Value* production = definition.find("production");
  const bool in_production = production != nullptr && *production == doc::Value(true);
  if (in_production && surroundings.mode != StandinMode::always) return false;
  if (!standin.image.empty()) {
    if (surroundings.mode == StandinMode::always) return true;
    const auto choice = surroundings.choices.find(standin.image);
    return surroundings.mode != StandinMode::never && choice != surroundings.choices.end() && choice->second == plan::Choice::standin;
  }
  return deploy_value(standin.deploy_key, definition, surroundings.deploy) == standin.deploy_value;
}

Choices all_remembered_choices(const Project& project) {
  const doc::Value memory = read_memory(memory_file(project));
  Choices choices;
  for (const doc::Entry& entry : memory.as_map()) choices[entry.key] = to_choice(entry.value);
  return choices;
}

Choices remembered_choices(const Project& project, const model::Env& env) {
  const doc::Value memory = read_memory(memory_file(project));
  Choices choices;
  for (const auto& [part, kind] : outside_parts(env)) {
    if (const auto before = remembered(memory, part)) choices[part] = *before;
  }
  return choices;
}

}  // namespace app
