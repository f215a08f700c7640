#include "envtool/app/standins.h"

#include <fmt/format.h>

#include <future>

#include "envtool/base/strings.h"
#include "envtool/doc/json.h"
#include "envtool/sys/file.h"

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
    if (build->base && !build->base->standin.empty()) parts[build->base->image] = PartKind::image;
    for (const model::PinnedPackage& package : build->packages) parts[package.url] = PartKind::repository;
  }
  return parts;
}

fs::path memory_file(const Project& project) { return project.state_directory() / "standins.json"; }

doc::Value read_memory(const Project& project) {
  try {
    const auto text = sys::read_file_if_exists(memory_file(project));
    return text ? doc::parse_json(*text, memory_file(project).string()) : doc::Value();
  } catch (const base::Error&) {
    return {};  // only remembered to save time
  }
}

std::optional<plan::Choice> remembered(const doc::Value& memory, const std::string& part) {
  const doc::Value* found = memory.find(part);
  if (found == nullptr) return std::nullopt;
  return *found == doc::Value("standin") ? plan::Choice::standin : plan::Choice::real;
}

bool answers(const std::string& part, PartKind kind, const StandinRequest& request, http::Client& client, std::stop_token stop) {
  const bool over_http = part.starts_with("http://") || part.starts_with("https://");
  if (kind == PartKind::repository && !over_http) return true;  // a path or ssh: cloning it will tell
  const std::string url = kind == PartKind::image ? registry_url(part) : part + "/info/refs?service=git-upload-pack";
  const http::Response response = client.get(url, request.patience, std::move(stop));
  return kind == PartKind::image ? response.status == 200 || response.status == 401 : response.status >= 200 && response.status < 400;
}

void remember(const Project& project, doc::Value memory, const Choices& choices) {
  for (const auto& [part, choice] : choices) memory[part] = choice == plan::Choice::standin ? "standin" : "real";
  sys::make_folder(project.state_directory());
  sys::write_file(memory_file(project), doc::emit_json(memory, doc::JsonStyle::indented), sys::Access::shared);
}

}  // namespace

std::string registry_url(const std::string& image) {
  const std::string host = image.substr(0, image.find('/'));
  return fmt::format("https://{}/v2/", host == "docker.io" ? "registry-1.docker.io" : host);
}

Choices choose_standins(const Project& project, const model::Env& env, const StandinRequest& request, http::Client& client,
                        std::stop_token stop) {
  const doc::Value memory = read_memory(project);
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

Choices remembered_choices(const Project& project, const model::Env& env) {
  const doc::Value memory = read_memory(project);
  Choices choices;
  for (const auto& [part, kind] : outside_parts(env)) {
    if (const auto before = remembered(memory, part)) choices[part] = *before;
  }
  return choices;
}

}  // namespace app
