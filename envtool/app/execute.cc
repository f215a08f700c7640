#include "envtool/app/execute.h"

#include <fmt/format.h>

#include <algorithm>

#include "envtool/app/contents.h"
#include "envtool/app/pushed_images.h"
#include "envtool/app/ready.h"
#include "envtool/app/requests.h"
#include "envtool/app/running_keys.h"
#include "envtool/archive/tar.h"
#include "envtool/doc/yaml.h"
#include "envtool/git/clone.h"
#include "envtool/git/create.h"
#include "envtool/git/inspect.h"
#include "envtool/manifest/adapt.h"
#include "envtool/ssh/random.h"
#include "envtool/sys/file.h"

namespace app {
namespace {

using base::Error;
constexpr std::uint32_t kFillBytes = 8;
constexpr std::chrono::milliseconds kLookAgain{100};

sys::Feed tar_of(std::vector<archive::Layer> layers) {
  return [layers = std::move(layers)](const sys::Sink& sink) { archive::write_tar(layers, {}, sink); };
}

/// A file that podman's account can read: the file itself, or a copy where the account is another.
class ReadableFile {
 public:
  ReadableFile(const fs::path& path, const std::optional<sys::User>& user) : path_(path) {
    if (user) copy_.emplace(sys::read_file(path), path.extension().string(), user);
  }
  const fs::path& path() const { return copy_ ? copy_->path() : path_; }

 private:
  fs::path path_;
  std::optional<sys::TemporaryFile> copy_;
};

/// What a clone that failed without envtool leaves behind is no obstacle; anything else that is no clone is.
void clear_way(const fs::path& destination) {
  const git::Inspection found = git::inspect(destination);
  if (std::holds_alternative<git::Empty>(found)) fs::remove(destination);
  if (!std::holds_alternative<git::NoRepository>(found)) return;
  throw Error(fmt::format("`{}` is no Git repository, and a clone is to go there", destination.string()))
      .hint("move it away; envtool never overwrites it");
}

/// Passes on what happens to the steps that do something.
class StepProgress : public graph::Progress {
 public:
  explicit StepProgress(Reporter& reporter) : reporter_(reporter) {}
  void started(std::size_t step) override { reporter_.started(step); }
  void finished(std::size_t step, const graph::Outcome& outcome) override { reporter_.finished(step, outcome); }

 private:
  Reporter& reporter_;
};

/// `STEP 2/3: RUN ...`, in builds of several stages with `[1/2] ` in front.
bool is_build_step(const std::string& line) {
  const std::size_t stage_end = line.starts_with('[') ? line.find("] ") : std::string::npos;
  return line.compare(stage_end == std::string::npos ? 0 : stage_end + 2, 5, "STEP ") == 0;
}

}  // namespace

/// What a step needs to know beyond its payload.
struct Executor::Task {
  const plan::Step& step;
  std::optional<plan::Key> key;  ///< worked out anew, from what is there by now
  std::function<void(const std::string&)> say;
  std::stop_token stop;
};

/// What the failed steps threw, as one.
struct Executor::Failures {
  Failures(const plan::Plan& plan, const std::vector<graph::Outcome>& outcomes) {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      if (outcomes[i].state != graph::State::failed) continue;
      only_waiting = only_waiting && std::holds_alternative<plan::WaitReady>(plan.steps[i].payload);
      try {
        std::rethrow_exception(outcomes[i].error);
      } catch (Error& error) {
        error.add_context(fmt::format("doing step `{}`", plan.steps[i].id));
        diagnostics.insert(diagnostics.end(), error.diagnostics().begin(), error.diagnostics().end());
      }
    }
  }

  std::vector<base::Diagnostic> diagnostics;
  bool only_waiting = true;
};

Executor::Executor(const Environment& environment, const DeployDirectory& deploy, World world, plan::Facts facts, DigestMemory& memory)
    : environment_(environment), deploy_(deploy), world_(world), memory_(memory), facts_(std::move(facts)),
      made_with_(environment.project, environment.env.id()) {}

void Executor::run(const plan::Plan& plan, const ExecuteOptions& options, Reporter& reporter, std::stop_token stop) {
  graph::Needs needs;
  for (const plan::Step& step : plan.steps) needs.push_back(step.needs);
  reporter.begin(plan);
  StepProgress progress(reporter);
  const auto work = [&](std::size_t index, std::stop_token token) { execute(plan, index, reporter, std::move(token)); };
  const std::vector<graph::Outcome> outcomes = graph::run(needs, work, options.workers, progress, stop);
  made_with_.save();
  if (Failures failures(plan, outcomes); !failures.diagnostics.empty()) give_up(std::move(failures), options, reporter, stop);
  if (stop.stop_requested()) throw Error("interrupted");
  const bool waited = std::any_of(plan.steps.begin(), plan.steps.end(), [](const plan::Step& step) {
    return std::holds_alternative<plan::WaitReady>(step.payload) && step.action != plan::Action::nothing;
  });
  if (waited && facts_.pod_key) keep_ready_pod();
}

/// That it was seen ready is noted last: until then the next run looks again.
void Executor::keep_ready_pod() const {
  std::vector<Probe> checks;
  for (const model::ReadyCheck& check : environment_.env.ready) checks.push_back(probe_of(check));
  LastReady(deploy_).keep(environment_.env, *facts_.pod_key, checks, secret_volumes(), world_.podman);
  ReadyMemory(environment_).remember(*facts_.pod_key);
}

/// Of a podman that has Secrets itself, none: there, the manifest holds them.
std::map<std::string, KeptVolume> Executor::secret_volumes() const {
  std::map<std::string, KeptVolume> volumes;
  for (const plan::Step& step : plan_by_now().steps) {
    const auto* secret = std::get_if<plan::SeedSecret>(&step.payload);
    if (secret == nullptr || !step.key) continue;
    volumes[secret->secret.object] = {*step.key, packed_tar(layers_of(environment_, deploy_, facts_, step))};
  }
  return volumes;
}

/// A pod that this run, or one before it that was cut off, has taken away comes back, if that is asked for. What has just failed
/// is not tried again.
void Executor::give_up(Failures failures, const ExecuteOptions& options, Reporter& reporter, std::stop_token stop) {
  const auto not_ready = [&] { return failures.only_waiting && !stop.stop_requested(); };
  const bool took_its_place = not_ready() || facts_.pod == plan::PodState::absent;
  const std::optional<ReadyPod> former = took_its_place && options.on_not_ready == OnNotReady::roll_back ? replaced_pod() : std::nullopt;
  if (former) tell_what_was_new(*former, failures.diagnostics.back());
  if (not_ready() && options.on_not_ready != OnNotReady::keep_pod) remove_half_made_pod();
  if (former && facts_.pod == plan::PodState::absent && !stop.stop_requested()) roll_back(*former, failures.diagnostics.back(), reporter, stop);
  if (not_ready()) throw NotReady(std::move(failures.diagnostics));
  throw Error(std::move(failures.diagnostics));
}

/// The pod that was ready last, if it is another than the one to be.
std::optional<ReadyPod> Executor::replaced_pod() const {
  std::optional<ReadyPod> former = LastReady(deploy_).pod();
  return former && former->key != pod_key_by_now() ? former : std::nullopt;
}

/// The check that failed may have asked another container than the one that is to blame.
void Executor::tell_what_was_new(const ReadyPod& former, base::Diagnostic& failure) const {
  try {
    for (const ChangedImage& changed : changed_images(former, sys::read_file(deploy_.manifest_file()), world_.podman)) {
      failure.notes.push_back(fmt::format("its container `{}` had a new image, `{}`", changed.container, changed.image));
      const std::string container = environment_.env.container(changed.container);
      if (!world_.podman.container_state(container).empty()) tell_last_lines(failure, container, world_.podman);
    }
  } catch (const Error&) {
  }
}

/// Says in the report of the failure what came of the pod of before.
void Executor::roll_back(const ReadyPod& former, base::Diagnostic& failure, Reporter& reporter, std::stop_token stop) {
  try {
    bring_back(former, reporter, std::move(stop));
    failure.notes.push_back("the pod whose place it took is back and ready, with the images and settings of before");
    failure.hints.push_back(fmt::format("`envtool up {}` tries the new one again; with --keep-failed it stays, for a look at it", environment_.env.words()));
  } catch (const Error& error) {
    failure.notes.push_back(fmt::format("the pod whose place it took did not come back: {}", error.diagnostics().front().message));
  }
}

/// The files in the deploy directory stay what they have become, for the next `up`.
void Executor::bring_back_secrets(const ReadyPod& former, std::stop_token stop) {
  for (const auto& [object, volume] : former.secrets) {
    const plan::Found now = facts_copy().volume(object);
    if (now.present && now.complete && now.key == volume.key) continue;
    world_.podman.remove_volume(object);
    fill_new_volume(object, volume.key, [&tar = volume.tar](const sys::Sink& sink) { sink(tar); }, stop);
  }
}

/// The manifest that runs is the one in the deploy directory again: a unit of systemd plays that.
void Executor::bring_back(const ReadyPod& former, Reporter& reporter, std::stop_token stop) {
  plan::Plan plan;
  plan.steps.push_back({"pod", plan::PlayPod{environment_.env.pod, former.network}, {}, plan::Policy::converge, former.key, plan::Action::update,
                        "the pod of before comes back"});
  for (const Probe& check : former.checks) {
    plan.steps.push_back({"ready " + check.name, plan::WaitReady{}, {0}, plan::Policy::converge, {}, plan::Action::wait, check.description});
  }
  graph::Needs needs;
  for (const plan::Step& step : plan.steps) needs.push_back(step.needs);
  const auto work = [&](std::size_t index, const std::stop_token& token) {
    if (index > 0) return wait_until_ready(former.checks[index - 1], world_, [&](const std::string& text) { reporter.line(index, text); }, token);
    bring_back_secrets(former, token);
    sys::write_file(deploy_.manifest_file(), former.manifest, sys::Access::secret);
    const sys::TemporaryFile config(former.config, ".yaml", world_.podman.user());
    play({deploy_.manifest_file(), {config.path()}, former.network}, token);
  };
  reporter.begin(plan);
  StepProgress progress(reporter);
  const Failures failures(plan, graph::run(needs, work, plan.steps.size(), progress, stop));
  if (!failures.diagnostics.empty()) throw Error(failures.diagnostics);
  if (stop.stop_requested()) throw Error("interrupted");
  ReadyMemory(environment_).remember(former.key);
}

void Executor::execute(const plan::Plan& plan, std::size_t index, Reporter& reporter, std::stop_token stop) {
  const plan::Step& step = plan.steps[index];
  if (!step.acts()) return;
  const std::optional<plan::Step> planned = step_by_now(step.payload);
  Task task{step, planned ? planned->key : std::nullopt,
            [&reporter, index](const std::string& text) { reporter.line(index, text); }, std::move(stop)};
  std::visit([&](const auto& payload) { perform(payload, task); }, step.payload);
  if (!task.key) return;
  const std::lock_guard lock(mutex_);
  made_with_.note(*planned);  // for explanations only
}

/// The planner is asked again: by now, what a step depends on is there.
std::optional<plan::Step> Executor::step_by_now(const plan::Payload& payload) const {
  const std::lock_guard lock(mutex_);
  return plan::make_step(environment_.env, facts_, environment_.objects, payload);
}

std::optional<plan::Key> Executor::pod_key_by_now() const { return step_by_now(plan::PlayPod{environment_.env.pod, environment_.env.network})->key; }

plan::Plan Executor::plan_by_now() const { return plan::make(environment_.env, facts_copy(), environment_.objects, plan::Scope::up); }

plan::Facts Executor::facts_copy() const {
  const std::lock_guard lock(mutex_);
  return facts_;
}

/// Images and clones are shared by environments and their instances: one envtool at a time makes each of them. Returns whether
/// another one was at it, so that it may be there by now.
bool Executor::claim(const Task& task, std::optional<sys::FileLock>& lock) {
  const fs::path folder = environment_.project.state_directory() / "making";
  sys::make_folder(folder);
  std::string name = task.step.id;
  std::replace(name.begin(), name.end(), ' ', '-');
  lock = sys::FileLock::try_acquire(folder / name);
  if (lock) return false;
  task.say("another envtool is at it");
  while (!task.stop.stop_requested() && !(lock = sys::FileLock::try_acquire(folder / name))) world_.clock.pause(kLookAgain, task.stop);
  if (!lock) throw Error(fmt::format("interrupted while another envtool was doing step `{}`", task.step.id));
  return true;
}

bool Executor::is_made_by_now(const std::string& reference, const plan::Key& key) {
  for (const podman::Image& image : world_.podman.inspect({reference}, environment_.env.pod).images) {
    const auto label = image.labels.find(kKeyLabel);
    if (std::ranges::count(image.names, reference) == 0 || label == image.labels.end() || label->second != key) continue;
    const std::lock_guard lock(mutex_);
    facts_.images[reference] = {true, key};
    return true;
  }
  return false;
}

void Executor::perform(const plan::GetRepository& step, const Task& task) {
  const model::Repository& repository = step.repository;
  const fs::path destination = environment_.project.root / repository.path;
  std::optional<sys::FileLock> claimed;
  claim(task, claimed);
  sys::make_folder(destination.parent_path());
  clear_way(destination);
  if (git::is_repository(destination)) {
    task.say("another envtool has made it");
  } else if (step.choice == plan::Choice::standin) {
    git::create_from_tree({environment_.project.root / repository.standin_tree, destination, repository.standin_tag,
                           fmt::format("Import the stand-in for {}", repository.url)});
  } else {
    git::CloneRequest request;
    request.url = repository.url;
    request.ref = repository.ref;
    request.destination = destination;
    request.stop = task.stop;
    request.on_progress = [&](const git::CloneProgress& progress) {
      if (progress.total_objects > 0) task.say(fmt::format("received {} of {} objects", progress.received_objects, progress.total_objects));
    };
    git::clone(request);
  }
  const std::lock_guard lock(mutex_);
  facts_.repositories.insert(repository.name);
  for (const model::Image& image : environment_.env.images) {
    if (const auto digest = context_digest(environment_, image, facts_, memory_)) facts_.contexts[image.name] = *digest;
  }
}

/// What podman is given, by what is known now.
sys::Feed Executor::files_of(const Task& task) const { return tar_of(layers_of(environment_, deploy_, facts_copy(), task.step)); }

/// For the steps that fill it, which run at once.
void Executor::ensure_deploy_directory() {
  const std::lock_guard lock(mutex_);
  deploy_.ensure();
}

void Executor::perform(const plan::MakeDeployConfig&, const Task&) {
  ensure_deploy_directory();
  deploy_.make_config(environment_.env);
  const std::lock_guard lock(mutex_);
  if (const auto fingerprint = deploy_.config_fingerprint()) facts_.deploy_files["deploy-config"] = *fingerprint;
}

void Executor::perform(const plan::PrepareSecret& step, const Task&) {
  ensure_deploy_directory();
  deploy_.prepare(step.secret);
  const auto fingerprint = deploy_.fingerprint(step.secret);
  const std::lock_guard lock(mutex_);
  if (fingerprint) facts_.deploy_files[step.secret.name] = *fingerprint;
}

void Executor::perform(const plan::BootstrapImage& step, const Task& task) {
  std::optional<sys::FileLock> claimed;
  if (claim(task, claimed) && is_made_by_now(step.reference, task.key.value())) return;
  const sys::TemporaryFile tar("", ".tar", world_.podman.user());
  sys::Command command = world_.podman.command({});
  command.argv = bootstrap_command(step, facts_copy(), world_.podman, tar.path().string());
  task.say("making a root filesystem with mmdebstrap");
  const sys::Result result = world_.processes.run(command, {}, task.stop);
  if (!result.ok()) throw Error(fmt::format("mmdebstrap failed with exit code {}", result.exit_code)).note(result.err);
  world_.podman.import_image(tar.path(), step.reference, bootstrap_changes(task.key.value()), task.stop);
  const std::lock_guard lock(mutex_);
  facts_.images[step.reference] = {true, task.key};
}

void Executor::perform(const plan::BuildImage& step, const Task& task) {
  if (facts_copy().image(step.image.reference).key == task.key) return task.say("it is up to date");
  std::optional<sys::FileLock> claimed;
  if (claim(task, claimed) && is_made_by_now(step.image.reference, task.key.value())) return;
  podman::BuildRequest request = make_build_request(environment_, step, task.key.value());
  request.context = files_of(task);
  const auto say_steps = [&task](const std::string& line) {
    if (is_build_step(line)) task.say(line);
  };
  world_.podman.build(request, say_steps, task.stop);
  const std::lock_guard lock(mutex_);
  facts_.images[step.image.reference] = {true, task.key};
}

void Executor::perform(const plan::PushImage& step, const Task& task) {
  const std::optional<plan::Key> key = facts_copy().image(step.reference).key;
  if (!key) throw Error(fmt::format("there is no image `{}` to push", step.reference));
  const plan::Pushed pushed{*key, world_.podman.push_image(step.reference, step.destination, task.stop)};
  const std::lock_guard lock(mutex_);
  facts_.pushed[step.destination] = pushed;
  remember_pushed(environment_.project, step.destination, pushed);
}

void Executor::perform(const plan::ClusterWork&, const Task& task) {
  throw Error(fmt::format("`{}` is not done on this machine", task.step.id));
}

/// podman can't make and fill a volume in one go. So a mark stands beside the volume meanwhile, and whoever finds it knows that the
/// volume isn't full, whatever ended this run.
void Executor::fill_new_volume(const std::string& object, const plan::Key& key, const sys::Feed& tar, std::stop_token stop) {
  const std::string mark = plan::filling_mark(object);
  if (facts_copy().volume(mark).present) world_.podman.remove_volume(mark);
  podman::Labels both = labels_of(environment_.env, key);
  both[kFillLabel] = ssh::random_hex(kFillBytes);
  podman::Labels of_mark = both;
  of_mark.erase(kKeyLabel);
  world_.podman.create_volume(mark, of_mark);
  world_.podman.create_volume(object, both);
  try {
    world_.podman.import_volume(object, tar, std::move(stop));
  } catch (...) {
    remove_half_full(object);
    throw;
  }
  world_.podman.remove_volume(mark);
  const std::lock_guard lock(mutex_);
  facts_.volumes[object] = {true, key};
}

/// What can't be removed now keeps its mark, and the next run will remove it.
void Executor::remove_half_full(const std::string& object) const {
  try {
    world_.podman.remove_volume(object);
    world_.podman.remove_volume(plan::filling_mark(object));
  } catch (const Error&) {
  }
}

void Executor::perform(const plan::SeedVolume& step, const Task& task) {
  if (!facts_copy().volume(step.volume.object).complete) world_.podman.remove_volume(step.volume.object);
  fill_new_volume(step.volume.object, task.key.value(), files_of(task), task.stop);
}

/// Secrets follow their files, so a volume with an older state is replaced; the pod that holds it is taken down first.
void Executor::perform(const plan::SeedSecret& step, const Task& task) {
  if (facts_copy().volume(step.secret.object).present) {
    remove_pod();
    world_.podman.remove_volume(step.secret.object);
  }
  fill_new_volume(step.secret.object, task.key.value(), files_of(task), task.stop);
}

/// Nothing is written before all is known that the two keys count.
void Executor::write_manifest() {
  const plan::Facts facts = facts_copy();
  const plan::Key key = step_by_now(plan::WriteManifest{environment_.objects})->key.value();
  std::vector<doc::Value> objects;
  for (const model::Secret& secret : environment_.env.secrets) {
    objects.push_back(manifest::make_secret(secret.object, deploy_.read_secret(secret)));
  }
  objects.insert(objects.end(), environment_.objects.begin(), environment_.objects.end());
  const bool needs_folder = !manifest::has(facts.target, manifest::Feature::sub_path);
  const std::string folder = needs_folder && facts.volume_folder.empty() ? world_.podman.volume_folder() : facts.volume_folder;
  base::Diagnostics problems;
  manifest::Adapted adapted = manifest::adapt(
      std::move(objects), facts.target, [&](const std::string& volume) { return fmt::format("{}/{}/_data", folder, volume); }, problems);
  problems.throw_if_errors();
  manifest::set_label(adapted.objects, kEnvironmentLabel, environment_.env.name);
  if (!environment_.env.instance.empty()) manifest::set_label(adapted.objects, kInstanceLabel, environment_.env.instance);
  manifest::set_label(adapted.objects, kManifestLabel, key);
  if (const auto pod_key = pod_key_by_now()) manifest::set_label(adapted.objects, kKeyLabel, *pod_key);
  deploy_.ensure();
  sys::write_file(deploy_.manifest_file(), doc::emit_yaml(adapted.objects), sys::Access::secret);
  const std::lock_guard lock(mutex_);
  facts_.manifest_key = key;
  facts_.volume_folder = folder;
}

void Executor::perform(const plan::WriteManifest&, const Task&) { write_manifest(); }

/// The pod takes its key from the manifest. An image or the deploy ConfigMap changes the key and nothing else there, so that
/// the manifest is written again in any case.
void Executor::perform(const plan::PlayPod& step, const Task& task) {
  write_manifest();
  const ReadableFile config(deploy_.config_file(), world_.podman.user());
  const podman::Start start = step.start == plan::Start::at_once ? podman::Start::at_once : podman::Start::later;
  play({deploy_.manifest_file(), {config.path()}, step.network, start}, task.stop);
  const std::lock_guard lock(mutex_);
  facts_.pod_key = task.key;
}

/// Puts a pod in the place of the one that is there.
void Executor::play(const podman::PlayRequest& request, std::stop_token stop) {
  try {
    play_once(request, stop);
  } catch (const Error& error) {
    if (!clear_the_way(error)) throw;
    play_once(request, std::move(stop));
  }
}

/// Removes what a podman that was killed left, if that is what `error` is about.
bool Executor::clear_the_way(const Error& error) const {
  if (podman::is_about_network(error)) return world_.podman.remove_unfinished_network();
  const std::string container = podman::container_in_the_way(error);
  if (!container.starts_with(environment_.env.pod + "-")) return false;
  world_.podman.remove_container(container);
  return true;
}

void Executor::play_once(const podman::PlayRequest& request, std::stop_token stop) {
  ReadyMemory(environment_).forget();
  if (facts_copy().pod != plan::PodState::absent) remove_pod();
  const auto in_volumes = manifest::seeded_secrets(environment_.objects, facts_copy().target);
  for (const model::Secret& secret : environment_.env.secrets) {
    if (!in_volumes.contains(secret.object)) world_.podman.remove_secret(secret.object);
  }
  const ReadableFile manifest(request.manifest, world_.podman.user());
  try {
    world_.podman.play({manifest.path(), request.config_maps, request.network, request.start}, std::move(stop));
  } catch (...) {
    remove_half_made_pod();
    throw;
  }
  const std::lock_guard lock(mutex_);
  facts_.pod = request.start == podman::Start::at_once ? plan::PodState::running : plan::PodState::stopped;
}

void Executor::remove_pod() {
  world_.podman.remove_pod(environment_.env.pod, kStopGrace);
  const std::lock_guard lock(mutex_);
  facts_.pod = plan::PodState::absent;
}

/// That it can't be removed is not the problem to report; the next run will try again.
void Executor::remove_half_made_pod() {
  try {
    remove_pod();
  } catch (const Error&) {
  }
}

Probe Executor::probe_of(const model::ReadyCheck& check) const {
  base::Sources sources;
  base::Diagnostics problems;
  const model::DeployValues deploy = deploy_.read_config(environment_.env, sources, problems).value_or(model::DeployValues{});
  return make_probe(environment_, check, deploy, deploy_.folder());
}

void Executor::perform(const plan::WaitReady& step, const Task& task) {
  wait_until_ready(probe_of(step.check), world_, task.say, task.stop);
}

void Executor::perform(const plan::RotateSecrets& step, const Task&) {
  deploy_.rotate(step.secrets);
  const std::lock_guard lock(mutex_);
  for (const model::Secret& secret : step.secrets) {
    if (const auto fingerprint = deploy_.fingerprint(secret)) facts_.deploy_files[secret.name] = *fingerprint;
  }
}

/// Containers that run keep the files that they have mounted until they start again.
void Executor::perform(const plan::RefillSecret& step, const Task& task) {
  world_.podman.import_volume(step.secret.object, files_of(task), task.stop);
  const std::lock_guard lock(mutex_);
  facts_.volumes[step.secret.object] = {true, task.key};
}

void Executor::perform(const plan::RestartContainer& step, const Task&) { world_.podman.restart_container(step.container, kStopGrace); }

/// By now the pod and the volumes of its secrets are what the planner would make of them.
void Executor::perform(const plan::RememberKeys&, const Task&) {
  const std::optional<podman::Pod> pod = world_.podman.find_pod(environment_.env.pod);
  if (!pod) return;
  RunningKeys keys{pod->id, {}, {}};
  for (const plan::Step& step : plan_by_now().steps) {
    const auto* secret = std::get_if<plan::SeedSecret>(&step.payload);
    if (secret != nullptr && step.key) keys.volumes[secret->secret.object] = *step.key;
    if (std::holds_alternative<plan::PlayPod>(step.payload)) keys.pod = step.key.value_or("");
  }
  remember_running_keys(environment_.project, environment_.env.id(), keys);
  const std::lock_guard lock(mutex_);
  facts_.pod_key = keys.pod;
}

/// What is taken down on purpose is not to come back.
void Executor::perform(const plan::RemovePod&, const Task&) {
  LastReady(deploy_).forget();
  remove_pod();
}
/// Nor is a pod that had the volume, also where a run that was cut off took it down before: podman would give it an empty one.
void Executor::perform(const plan::RemoveVolume& step, const Task&) {
  LastReady(deploy_).forget();
  world_.podman.remove_volume(step.volume);
}
void Executor::perform(const plan::RemoveSecret& step, const Task&) { world_.podman.remove_secret(step.secret); }
/// Builds that were cut off would keep podman from removing what they were to build on.
/// One after the other: of two names of one image that podman takes away at once it may forget one.
void Executor::perform(const plan::RemoveImage& step, const Task&) {
  const std::lock_guard lock(image_names_);
  const std::vector<std::string> images = world_.podman.history(step.reference);
  for (const podman::WorkingContainer& container : world_.podman.working_containers()) {
    const bool holds_it = std::find(images.begin(), images.end(), container.image) != images.end();
    if (holds_it) world_.podman.remove_container(container.id);
  }
  world_.podman.remove_image(step.reference);
}

}  // namespace app
