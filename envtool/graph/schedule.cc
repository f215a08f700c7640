#include "envtool/graph/schedule.h"

#include <algorithm>
#include <utility>

namespace graph {
namespace {

enum class Mark { fresh, on_path, finished };

struct Visit {
  std::size_t node;
  std::size_t next_need;
};

std::vector<std::size_t> cycle_on(const std::vector<Visit>& path, std::size_t start) {
  std::vector<std::size_t> cycle;
  bool inside = false;
  for (const Visit& visit : path) {
    inside = inside || visit.node == start;
    if (inside) cycle.push_back(visit.node);
  }
  return cycle;
}

/// Depth first from one node, with a stack of its own: graphs may be deep.
std::optional<std::vector<std::size_t>> cycle_from(std::size_t root, const Needs& needs, std::vector<Mark>& marks) {
  std::vector<Visit> path{{root, 0}};
  marks[root] = Mark::on_path;
  while (!path.empty()) {
    Visit& top = path.back();
    if (top.next_need == needs[top.node].size()) {
      marks[top.node] = Mark::finished;
      path.pop_back();
      continue;
    }
    const std::size_t need = needs[top.node][top.next_need++];
    if (marks[need] == Mark::on_path) return cycle_on(path, need);
    if (marks[need] == Mark::finished) continue;
    marks[need] = Mark::on_path;
    path.push_back({need, 0});
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<std::size_t>> find_cycle(const Needs& needs) {
  std::vector<Mark> marks(needs.size(), Mark::fresh);
  for (std::size_t node = 0; node < needs.size(); ++node) {
    if (marks[node] != Mark::fresh) continue;
    if (auto cycle = cycle_from(node, needs, marks)) return cycle;
  }
  return std::nullopt;
}

Schedule::Schedule(const Needs& needs)
    : states_(needs.size(), State::waiting), missing_(needs.size()), dependents_(needs.size()), open_(needs.size()) {
  for (std::size_t node = 0; node < needs.size(); ++node) {
    missing_[node] = needs[node].size();
    for (const std::size_t need : needs[node]) dependents_[need].push_back(node);
    if (!needs[node].empty()) continue;
    states_[node] = State::ready;
    ready_.insert(node);
  }
}

std::optional<std::size_t> Schedule::next() {
  if (ready_.empty()) return std::nullopt;
  const std::size_t node = *ready_.begin();
  ready_.erase(ready_.begin());
  states_[node] = State::running;
  return node;
}

void Schedule::finish(std::size_t node, State outcome) {
  settle(node, outcome);
  if (outcome != State::done) return skip_dependents(node);
  for (const std::size_t dependent : dependents_[node]) {
    if (--missing_[dependent] > 0 || states_[dependent] != State::waiting) continue;
    states_[dependent] = State::ready;
    ready_.insert(dependent);
  }
}

void Schedule::stop() {
  for (std::size_t node = 0; node < states_.size(); ++node) {
    if (states_[node] == State::waiting || states_[node] == State::ready) settle(node, State::skipped);
  }
  ready_.clear();
}

void Schedule::settle(std::size_t node, State outcome) {
  states_[node] = outcome;
  --open_;
}

void Schedule::skip_dependents(std::size_t node) {
  std::vector<std::size_t> pending = dependents_[node];
  while (!pending.empty()) {
    const std::size_t next = pending.back();
    pending.pop_back();
    if (states_[next] != State::waiting) continue;
    settle(next, State::skipped);
    pending.insert(pending.end(), dependents_[next].begin(), dependents_[next].end());
  }
}

}  // namespace graph
