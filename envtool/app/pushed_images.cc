#include "envtool/app/pushed_images.h"

#include "envtool/app/memory_file.h"

namespace app {
namespace {

fs::path memory_of(const Project& project) { return project.state_directory() / "pushed.json"; }

}  // namespace

std::map<std::string, plan::Pushed> pushed_images(const Project& project) {
  std::map<std::string, plan::Pushed> images;
  const doc::Value memory = read_memory(memory_of(project));
  for (const doc::Entry& entry : memory.as_map()) {
    plan::Pushed pushed{doc::text_at(entry.value, "key"), doc::text_at(entry.value, "digest")};
    if (!pushed.key.empty() && !pushed.digest.empty()) images.emplace(entry.key, std::move(pushed));
  }
  return images;
}

void remember_pushed(const Project& project, const std::string& destination, const plan::Pushed& pushed) {
  doc::Value memory = read_memory(memory_of(project));
  memory[destination] = doc::make_map({{"key", pushed.key}, {"digest", pushed.digest}});
  write_memory(memory_of(project), memory);
}

}  // namespace app
