#include "envtool/podman/monitor.h"

#include <algorithm>
#include <cctype>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"

namespace podman {
namespace {

namespace fs = std::filesystem;

bool is_number(const std::string& text) { return std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; }); }

/// The words of a process's command line; none for one that is gone, also while it is read, or is a zombie.
std::vector<std::string> words_of(const fs::path& process) {
  try {
    return base::split(sys::read_file_if_exists(process / "cmdline").value_or(""), '\0');
  } catch (const base::Error&) {
    return {};
  }
}

}  // namespace

std::set<std::string> monitored_containers(const fs::path& processes) {
  std::set<std::string> containers;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(processes, ignored)) {
    if (!is_number(entry.path().filename().string())) continue;
    const std::vector<std::string> words = words_of(entry.path());
    if (words.empty() || fs::path(words.front()).filename() != "conmon") continue;
    const auto option = std::ranges::find(words, "-c");
    if (option != words.end() && std::next(option) != words.end()) containers.insert(*std::next(option));
  }
  containers.erase("");
  return containers;
}

Pod as_seen(Pod pod, const std::set<std::string>& monitored) {
  for (Container& container : pod.containers) {
    if (container.state != "running" || container.id.empty() || monitored.contains(container.id)) continue;
    container.state = "dead";
    if (pod.state == "Running") pod.state = "Degraded";
  }
  return pod;
}

Pod as_seen(Pod pod) {
  const bool may_run = std::ranges::any_of(pod.containers, [](const Container& one) { return one.state == "running" && !one.id.empty(); });
  return may_run ? as_seen(std::move(pod), monitored_containers()) : pod;
}

}  // namespace podman
