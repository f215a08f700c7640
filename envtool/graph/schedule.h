// What may run next in a directed acyclic graph. Pure state: no threads, no clocks, no idea what a node does.
//
//   waiting --all needs done--> ready --next()--> running --finish()--> done
//      |                                             |
//      +--a need failed or was skipped--> skipped    +--finish()--> failed
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <vector>

namespace graph {

/// Per node, the nodes that it needs. Indices below the vector's size.
using Needs = std::vector<std::vector<std::size_t>>;

enum class State { waiting, ready, running, done, failed, skipped };

/// The nodes of one cycle in their order, or nothing for an acyclic graph. Linear in nodes and edges.
std::optional<std::vector<std::size_t>> find_cycle(const Needs& needs);

class Schedule {
 public:
  /// The graph must be acyclic.
  explicit Schedule(const Needs& needs);

  /// Takes the ready node with the lowest index; it is running from now on. Nothing if none is ready.
  std::optional<std::size_t> next();

  /// Ends a running node. A failure skips everything that needs it, directly or not.
  void finish(std::size_t node, State outcome);

  /// Nothing new starts any more: all that is waiting or ready is skipped.
  void stop();

  State state(std::size_t node) const { return states_[node]; }
  bool is_over() const { return open_ == 0; }

 private:
  void settle(std::size_t node, State outcome);
  void skip_dependents(std::size_t node);

  std::vector<State> states_;
  std::vector<std::size_t> missing_;                  ///< per node, needs that aren't done
  std::vector<std::vector<std::size_t>> dependents_;  ///< per node, who needs it
  std::set<std::size_t> ready_;
  std::size_t open_;  ///< nodes without an outcome
};

}  // namespace graph
