// Does what a plan says: one function per kind of step, run in parallel where the plan allows it.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "envtool/app/deploy_directory.h"
#include "envtool/app/environment.h"
#include "envtool/app/facts.h"
#include "envtool/app/last_ready.h"
#include "envtool/app/made_with.h"
#include "envtool/graph/run.h"
#include "envtool/http/client.h"
#include "envtool/plan/plan.h"
#include "envtool/podman/podman.h"
#include "envtool/sys/clock.h"
#include "envtool/sys/file.h"

namespace app {

/// Is told what happens while a plan is carried out, one call at a time.
class Reporter {
 public:
  virtual ~Reporter() = default;
  virtual void begin(const plan::Plan& plan) = 0;
  virtual void started(std::size_t step) = 0;
  /// A line of what a step is doing just now.
  virtual void line(std::size_t step, const std::string& text) = 0;
  virtual void finished(std::size_t step, const graph::Outcome& outcome) = 0;
};

/// The parts of the world that steps work on.
struct World {
  sys::Processes& processes;
  http::Client& http;
  const podman::Podman& podman;
  sys::Clock& clock;
};

/// What becomes of a pod that doesn't get ready. `roll_back` removes it, too, and then brings back the one whose place it took.
enum class OnNotReady { remove_pod, keep_pod, roll_back };

struct ExecuteOptions {
  std::size_t workers = 8;
  OnNotReady on_not_ready = OnNotReady::remove_pod;
};

/// Thrown, as a kind of error of its own, when a pod didn't get ready in time.
struct NotReady : base::Error {
  using base::Error::Error;
};

class Executor {
 public:
  Executor(const Environment& environment, const DeployDirectory& deploy, World world, plan::Facts facts, DigestMemory& memory);

  /// Carries out a plan. Throws base::Error with what every failed step said; NotReady if waiting was all that failed.
  void run(const plan::Plan& plan, const ExecuteOptions& options, Reporter& reporter, std::stop_token stop);

  /// The facts as they are after what was done.
  const plan::Facts& facts() const { return facts_; }

 private:
  struct Task;
  struct Failures;

  void execute(const plan::Plan& plan, std::size_t index, Reporter& reporter, std::stop_token stop);
  [[noreturn]] void give_up(Failures failures, const ExecuteOptions& options, Reporter& reporter, std::stop_token stop);
  std::optional<ReadyPod> replaced_pod() const;
  void tell_what_was_new(const ReadyPod& former, base::Diagnostic& failure) const;
  void roll_back(const ReadyPod& former, base::Diagnostic& failure, Reporter& reporter, std::stop_token stop);
  void bring_back(const ReadyPod& former, Reporter& reporter, std::stop_token stop);
  void keep_ready_pod() const;
  std::map<std::string, KeptVolume> secret_volumes() const;
  void bring_back_secrets(const ReadyPod& former, std::stop_token stop);
  Probe probe_of(const model::ReadyCheck& check) const;
  std::optional<plan::Step> step_by_now(const plan::Payload& payload) const;
  std::optional<plan::Key> pod_key_by_now() const;
  plan::Plan plan_by_now() const;
  plan::Facts facts_copy() const;

  void perform(const plan::GetRepository& step, const Task& task);
  void perform(const plan::MakeDeployConfig& step, const Task& task);
  void perform(const plan::PrepareSecret& step, const Task& task);
  void perform(const plan::BootstrapImage& step, const Task& task);
  void perform(const plan::BuildImage& step, const Task& task);
  void perform(const plan::PushImage& step, const Task& task);
  void perform(const plan::ClusterWork& step, const Task& task);
  void perform(const plan::SeedVolume& step, const Task& task);
  void perform(const plan::SeedSecret& step, const Task& task);
  void perform(const plan::WriteManifest& step, const Task& task);
  void perform(const plan::PlayPod& step, const Task& task);
  void perform(const plan::WaitReady& step, const Task& task);
  void perform(const plan::RotateSecrets& step, const Task& task);
  void perform(const plan::RefillSecret& step, const Task& task);
  void perform(const plan::RestartContainer& step, const Task& task);
  void perform(const plan::RememberKeys& step, const Task& task);
  void perform(const plan::RemovePod& step, const Task& task);
  void perform(const plan::RemoveVolume& step, const Task& task);
  void perform(const plan::RemoveSecret& step, const Task& task);
  void perform(const plan::RemoveImage& step, const Task& task);

  sys::Feed files_of(const Task& task) const;
  void ensure_deploy_directory();
  bool claim(const Task& task, std::optional<sys::FileLock>& lock);
  bool is_made_by_now(const std::string& reference, const plan::Key& key);
  void write_manifest();
  void fill_new_volume(const std::string& object, const plan::Key& key, const sys::Feed& tar, std::stop_token stop);
  void remove_half_full(const std::string& object) const;
  void remove_pod();
  void remove_half_made_pod();
  void play(const podman::PlayRequest& request, std::stop_token stop);
  bool clear_the_way(const base::Error& error) const;
  void play_once(const podman::PlayRequest& request, std::stop_token stop);

  const Environment& environment_;
  const DeployDirectory& deploy_;
  World world_;
  DigestMemory& memory_;
  mutable std::mutex mutex_;  ///< guards facts_, memory_ and made_with_
  std::mutex image_names_;    ///< held while podman takes a name from an image
  plan::Facts facts_;
  MadeWith made_with_;
};

}  // namespace app
