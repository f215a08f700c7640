// A podman that exists in memory only, with podman 4.3's and 5's ways: what a command changes, what it leaves behind when it is
// cut off in the middle, what it refuses. Stands behind sys::Processes; knows nothing of envtool's steps and plans.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "envtool/doc/value.h"
#include "envtool/http/client.h"
#include "envtool/podman/podman.h"
#include "envtool/sys/clock.h"
#include "envtool/sys/process.h"
#include "tests/sim/dice.h"

namespace sim {

/// What goes wrong with one call.
enum class Fault {
  none,
  refused,        ///< podman fails and has done nothing
  cut,            ///< podman is killed in the middle
  late,           ///< podman has done all, and fails then
  garbage,        ///< podman answers nonsense with exit code 0; only where an answer is read
  interrupted,    ///< Ctrl-C while podman works
  killed_before,  ///< envtool dies before podman was started ...
  killed_within,  ///< ... and while it works: podman dies with it
  killed_after,   ///< ... and when podman is done
};

/// Thrown through envtool when it "dies"; from then on nothing that it does has an effect.
struct Killed {};

struct Volume {
  podman::Labels labels;
  std::string content;  ///< all that was imported or written, one after the other
};

struct Pod {
  std::string state;  ///< `Created`, `Degraded`, `Running`, `Exited`
  podman::Labels labels;
  std::map<std::string, std::string> containers;  ///< full name -> id of the image
  std::set<std::string> volumes;
  std::chrono::milliseconds ready_at{0};
};

/// All that podman keeps. An image that lost its name to another one can still be had by its id.
struct Store {
  std::map<std::string, podman::Labels> images;
  std::map<std::string, Volume> volumes;
  std::map<std::string, Pod> pods;
  std::set<std::string> secrets;

  std::string image_id(const std::string& name) const;
  /// The names of everything, one a line.
  std::string names() const;
};

/// Decides about the n-th call of a verb (`volume create`) in a run.
using Fate = std::function<Fault(const std::string& verb, std::uint64_t n)>;

class ModelPodman : public sys::Processes, public http::Client, public sys::Clock {
 public:
  using sys::Processes::run;

  /// `stop_source` is what Ctrl-C triggers.
  void begin_run(Dice dice, Fate fate, std::stop_source stop_source);

  sys::Result run(const sys::Command& command, const sys::Io& io, std::stop_token stop) override;
  int run_foreground(const sys::Command&) override { return 125; }
  http::Response send(const http::Request& request, std::stop_token stop) override;
  Time now() override { return Time(time_.load()); }
  void pause(std::chrono::milliseconds time, std::stop_token) override { time_ = time_.load() + time; }

  Store store;
  std::string version = "4.3.1";
  std::chrono::milliseconds time_to_ready{0};  ///< of pods that have never been ready yet

  bool is_dead() const { return dead_; }
  /// Faults of this run, in the order of the calls.
  const std::vector<std::string>& faults() const { return faults_; }
  /// Calls of this run that changed something, successfully, by verb and object: `build localhost/app:1`.
  const std::map<std::string, int>& changes() const { return changes_; }
  /// Every call of this run, for the report of a failure.
  const std::vector<std::string>& calls() const { return calls_; }

 private:
  /// How far a command gets before it ends.
  enum class Extent { all, part };
  using Arguments = std::vector<std::string>;
  using Verb = sys::Result (ModelPodman::*)(const Arguments&, const sys::Io&, Extent);

  static const std::map<std::string, Verb>& verbs();
  sys::Result perform(const std::string& verb, const Arguments& arguments, const sys::Io& io, Extent extent);
  [[noreturn]] void die();
  void check_alive() const;
  void changed(const std::string& what) { ++changes_[what]; }
  /// Notes that a pod is ready, if it is: one that is made of the same gets ready again.
  bool is_ready(const Pod& pod);
  Pod* pod_of_container(const std::string& container);
  bool is_used(const std::string& volume) const;

  sys::Result images(const Arguments&, const sys::Io&, Extent);
  sys::Result inspect(const Arguments& arguments, const sys::Io& io, Extent extent);
  sys::Result volume_ls(const Arguments&, const sys::Io&, Extent);
  sys::Result ps(const Arguments& arguments, const sys::Io&, Extent);
  sys::Result pod_ps(const Arguments&, const sys::Io&, Extent);
  sys::Result secret_ls(const Arguments&, const sys::Io&, Extent);
  sys::Result info(const Arguments&, const sys::Io&, Extent);
  sys::Result tell_version(const Arguments&, const sys::Io&, Extent);
  sys::Result nothing(const Arguments&, const sys::Io&, Extent);
  sys::Result import_image(const Arguments&, const sys::Io&, Extent);
  sys::Result build(const Arguments&, const sys::Io&, Extent);
  sys::Result remove_image(const Arguments&, const sys::Io&, Extent);
  sys::Result volume_create(const Arguments&, const sys::Io&, Extent);
  sys::Result volume_import(const Arguments&, const sys::Io&, Extent);
  sys::Result volume_rm(const Arguments&, const sys::Io&, Extent);
  sys::Result secret_rm(const Arguments&, const sys::Io&, Extent);
  sys::Result play(const Arguments&, const sys::Io&, Extent);
  sys::Result pod_stop(const Arguments&, const sys::Io&, Extent);
  sys::Result pod_rm(const Arguments&, const sys::Io&, Extent);
  sys::Result exec(const Arguments&, const sys::Io&, Extent);
  sys::Result inspect_container(const Arguments&, const sys::Io&, Extent);
  sys::Result logs(const Arguments&, const sys::Io&, Extent);

  std::mutex mutex_;
  std::atomic<std::chrono::milliseconds> time_{std::chrono::milliseconds(0)};
  std::atomic<bool> dead_ = false;
  Dice dice_{0};
  Fate fate_;
  std::stop_source stop_;
  std::map<std::string, std::uint64_t> asked_;
  std::vector<std::string> faults_;
  std::map<std::string, int> changes_;
  std::vector<std::string> calls_;
  std::set<std::string> image_ids_;  ///< of all that were ever made
  std::set<podman::Labels> proven_;  ///< of pods that have been ready
};

}  // namespace sim
