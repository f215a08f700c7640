// Runs the nodes of a graph on worker threads. Knows indices and edges, not what a node does.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <stop_token>
#include <vector>

#include "envtool/graph/schedule.h"

namespace graph {

/// How a node ended.
struct Outcome {
  State state = State::skipped;  ///< done, failed or skipped
  std::exception_ptr error;      ///< of a failed node
  std::chrono::nanoseconds took{0};
};

/// Does the work of one node; what it throws makes the node fail. Must listen to the stop token.
using Work = std::function<void(std::size_t node, std::stop_token stop)>;

/// Is told of every change, one call at a time, from any thread.
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void started(std::size_t node) = 0;
  virtual void finished(std::size_t node, const Outcome& outcome) = 0;
};

/// Runs everything, `workers` nodes at a time at most, lower indices first. After a failure, what doesn't need the failed
/// node goes on. After a stop request nothing new starts and running nodes are waited for. Returns an outcome per node.
std::vector<Outcome> run(const Needs& needs, const Work& work, std::size_t workers, Progress& progress, std::stop_token stop);

}  // namespace graph
