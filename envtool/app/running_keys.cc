#include "envtool/app/running_keys.h"

#include "envtool/app/memory_file.h"

namespace app {
namespace {

fs::path memory_file(const Project& project, const std::string& env) { return project.state_directory() / (env + ".running-keys.json"); }

}  // namespace

void remember_running_keys(const Project& project, const std::string& env, const RunningKeys& keys) {
  doc::Map volumes;
  for (const auto& [name, key] : keys.volumes) volumes.append(name, key);
  write_memory(memory_file(project, env), doc::make_map({{"pod", keys.pod_id}, {"key", keys.pod}, {"volumes", std::move(volumes)}}));
}

void apply_running_keys(const Project& project, const std::string& env, const std::string& pod_id, plan::Facts& facts) {
  const doc::Value memory = read_memory(memory_file(project, env));
  const doc::Value* pod = memory.find("pod");
  const doc::Value* key = memory.find("key");
  const doc::Value* volumes = memory.find("volumes");
  if (pod == nullptr || key == nullptr || volumes == nullptr || !(*pod == doc::Value(pod_id)) || !key->is_string() || !volumes->is_map()) return;
  facts.pod_key = key->as_string();
  for (const doc::Entry& entry : volumes->as_map()) {
    const auto found = facts.volumes.find(entry.key);
    if (found != facts.volumes.end() && entry.value.is_string()) found->second.key = entry.value.as_string();
  }
}

}  // namespace app
