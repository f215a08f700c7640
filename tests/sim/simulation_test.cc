// Stories of faults: envtool's own planner and executor at work on a podman, a network and a clock that are only modelled, and
// at every call something may go wrong. A story is a chain of schedules: runs of one command each, with failures, time-outs and
// deaths of their own, and what people do in between. Whatever a schedule was, nothing that a user made is lost and nothing is done
// twice; however a story went, the next undisturbed `up` finishes, and `down --all` leaves podman as it was.
//
//   ENVTOOL_SIMULATIONS=1000000   goes on until there were as many schedules; 100,000 take less than a minute on two processors
//   ENVTOOL_SIMULATION=4711       tells the story of that number again and prints every call
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <thread>

#include "envtool/app/execute.h"
#include "envtool/app/last_ready.h"
#include "envtool/base/render.h"
#include "envtool/base/strings.h"
#include "envtool/sys/file.h"
#include "tests/sim/model_podman.h"
#include "tests/sim/stage.h"

namespace sim {
namespace {

constexpr std::uint64_t kSchedules = 100'000;
constexpr std::uint64_t kLongestStory = 30;  ///< in schedules

enum class Wish { up, build, down, down_volumes, down_all };
enum class End { done, failed, not_ready, interrupted, killed };

constexpr std::array kWishes{"up", "build", "down", "down --volumes", "down --all"};
constexpr std::array kEnds{"done", "failed", "not ready", "interrupted", "killed"};

class Silent : public app::Reporter {
 public:
  void begin(const plan::Plan&) override {}
  void started(std::size_t) override {}
  void line(std::size_t, const std::string&) override {}
  void finished(std::size_t, const graph::Outcome&) override {}
};

/// The same plan with its steps in another order that their needs allow: what several workers may do, one at a time.
plan::Plan shuffled(plan::Plan plan, const Dice& dice) {
  std::vector<std::size_t> place(plan.steps.size(), plan.steps.size());
  plan::Plan out;
  const auto is_placed = [&](std::size_t need) { return place[need] < plan.steps.size(); };
  while (out.steps.size() < plan.steps.size()) {
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
      const auto& needs = plan.steps[i].needs;
      if (!is_placed(i) && std::all_of(needs.begin(), needs.end(), is_placed)) ready.push_back(i);
    }
    const std::size_t next = ready[dice.of("order", out.steps.size()).below("next", ready.size())];
    place[next] = out.steps.size();
    out.steps.push_back(plan.steps[next]);
    for (std::size_t& need : out.steps.back().needs) need = place[need];
  }
  return out;
}

/// Thrown when something happened that must never happen.
struct Violation {
  std::string what;
};

void require(bool holds, const std::string& what) {
  if (!holds) throw Violation{what};
}

class Story {
 public:
  Story(const Stage& stage, std::uint64_t number) : stage_(stage), dice_(number) {
    stage_.clear();
    model_.version = dice_.once_in("podman 5", 3) ? "5.4.2" : "4.3.1";
    model_.store.images["docker.io/foreign:1"] = {};
    model_.store.volumes["foreign"] = {{}, "foreign data"};
    model_.store.secrets.insert("foreign");
    model_.store.pods["foreign"] = {"Running", {}, {{"foreign-app", "docker.io/foreign:1"}}, {"foreign"}, {}};
    before_ = model_.store.names();
  }

  /// How many it is made of.
  std::uint64_t schedules() const { return 1 + dice_.below("schedules", kLongestStory); }

  void tell() {
    for (std::uint64_t n = 0; n < schedules(); ++n) {
      const Dice dice = dice_.of("schedule", n);
      work(wish(dice), dice, fate(dice));
      user_works(dice.of("user"));
    }
    happy_end();
  }

  /// A pod with a new image of the side takes the place of one that was ready, and never gets ready. Returns what is noted of that.
  std::vector<std::string> tell_of_a_bad_upgrade() {
    for (const auto time_to_ready : {std::chrono::seconds(0), std::chrono::seconds(1000)}) {
      std::stop_source stop;
      std::string said;
      model_.time_to_ready = time_to_ready;
      model_.begin_run(dice_, calm(), stop);
      attempt(Wish::up, dice_, stop.get_token(), said);
      side_version_ += "+";
    }
    return notes_;
  }

  /// An `up` dies when it has taken the pod away, the volumes are removed, and another `up` fails. Returns whether there is a pod then.
  bool tell_of_a_pod_without_its_volumes() {
    const auto fails_at = [](const char* verb, Fault fault) { return [=](const std::string& call, std::uint64_t) { return call == verb ? fault : Fault::none; }; };
    const std::vector<std::pair<Wish, Fate>> runs{{Wish::up, calm()},
                                                  {Wish::up, fails_at("pod rm", Fault::killed_after)},
                                                  {Wish::down_volumes, calm()},
                                                  {Wish::up, fails_at("build", Fault::refused)}};
    for (const auto& [wish, fate] : runs) {
      std::string said;
      model_.begin_run(dice_, fate, {});
      attempt(wish, dice_, {}, said);
      side_version_ += "+";
    }
    return model_.store.pods.contains(pod_name());
  }

  std::string log() const { return log_; }

 private:
  static Wish wish(const Dice& dice) {
    constexpr std::array kOften{Wish::up, Wish::up, Wish::up, Wish::up, Wish::build, Wish::down, Wish::down_volumes, Wish::down_all};
    return kOften[dice.below("wish", kOften.size())];
  }

  /// How often something goes wrong in one run, and what.
  static Fate fate(const Dice& dice) {
    constexpr std::array kRates{3, 10, 30, 100};
    constexpr std::array kFaults{Fault::refused,     Fault::cut,           Fault::late,          Fault::garbage,
                                 Fault::interrupted, Fault::killed_before, Fault::killed_within, Fault::killed_after};
    const auto rate = static_cast<std::uint64_t>(kRates[dice.below("rate", kRates.size())]);
    const bool only_death = dice.once_in("only death", 2);
    return [=](const std::string& verb, std::uint64_t n) {
      const Dice call = dice.of(verb, n);
      if (!call.once_in("fault", rate)) return Fault::none;
      return only_death ? kFaults[5 + call.below("death", 3)] : kFaults[call.below("kind", kFaults.size())];
    };
  }

  static Fate calm() {
    return [](const std::string&, std::uint64_t) { return Fault::none; };
  }

  End work(Wish wish, const Dice& dice, Fate fate) {
    const Store store = model_.store;
    const std::optional<app::ReadyPod> last_ready = app::LastReady(app::DeployDirectory(stage_.deploy_folder())).pod();
    model_.time_to_ready = std::chrono::seconds(dice.once_in("never ready", 10) ? 1000 : dice.below("ready", 4));
    std::stop_source stop;
    model_.begin_run(dice, std::move(fate), stop);
    std::string said;
    const End end = attempt(wish, dice, stop.get_token(), said);
    log_ += fmt::format("{}: {}{}\n", kWishes[static_cast<std::size_t>(wish)], kEnds[static_cast<std::size_t>(end)], said);
    for (const std::string& call : model_.calls()) log_ += "    " + call + "\n";
    require(end != End::not_ready || !stop.stop_requested(), "Ctrl-C is not taken for a pod that doesn't get ready");
    const bool may_remove = wish == Wish::down_volumes || wish == Wish::down_all;
    if (may_remove) std::erase_if(marks_, [&](const auto& mark) { return !model_.store.volumes.contains(mark.first); });
    check_done_once(store, end);
    if (wish == Wish::up && end == End::not_ready && model_.faults().empty()) check_rolled_back(store, last_ready);
    check_files();
    check_data();
    return end;
  }

  End attempt(Wish wish, const Dice& dice, std::stop_token stop, std::string& said) {
    try {
      const podman::Podman podman(model_, {});
      const app::DeployDirectory deploy(stage_.deploy_folder());
      app::DigestMemory memory(stage_.environment);
      const plan::Facts facts = gather(podman, deploy, memory);
      const plan::Plan plan = shuffled(make_plan(wish, facts), dice);
      Silent silent;
      app::Executor executor(stage_.environment, deploy, {model_, model_, podman, model_}, facts, memory);
      const auto on_not_ready = wish == Wish::up ? app::OnNotReady::roll_back : app::OnNotReady::remove_pod;
      executor.run(plan, {.workers = 1, .on_not_ready = on_not_ready}, silent, stop);
      memory.save();
      return End::done;
    } catch (const Killed&) {
      return End::killed;
    } catch (const app::NotReady& error) {
      notes_ = error.diagnostics().back().notes;
      return End::not_ready;
    } catch (const base::Error& error) {
      for (const base::Diagnostic& diagnostic : error.diagnostics()) said += fmt::format("\n  {}", diagnostic.message);
      return stop.stop_requested() ? End::interrupted : End::failed;
    }
  }

  plan::Facts gather(const podman::Podman& podman, const app::DeployDirectory& deploy, app::DigestMemory& memory) const {
    plan::Facts facts = stage_.facts;
    app::add_local_facts(stage_.deployment, deploy, memory, facts);
    app::add_podman_facts(stage_.environment, podman, facts);
    app::add_teardown_facts(podman, plan::Remove::all, facts);
    facts.contexts.at("app") += app_version_;
    facts.contexts.at("side") += side_version_;
    return facts;
  }

  plan::Plan make_plan(Wish wish, const plan::Facts& facts) const {
    const app::Environment& environment = stage_.environment;
    switch (wish) {
      case Wish::up: return plan::make(environment.env, facts, environment.objects, plan::Scope::up);
      case Wish::build: return plan::make(environment.env, facts, environment.objects, plan::Scope::build);
      case Wish::down: return plan::make_teardown(environment.env, facts, plan::Remove::pod);
      case Wish::down_volumes: return plan::make_teardown(environment.env, facts, plan::Remove::volumes);
      case Wish::down_all: break;
    }
    return plan::make_teardown(environment.env, facts, plan::Remove::all);
  }

  const std::string& pod_name() const { return stage_.environment.env.pod; }
  bool pod_runs() const {
    const auto pod = model_.store.pods.find(pod_name());
    return pod != model_.store.pods.end() && pod->second.state == "Running";
  }

  /// What people do between two runs.
  void user_works(const Dice& dice) {
    const auto pod = model_.store.pods.find(pod_name());
    if (pod != model_.store.pods.end() && pod->second.state == "Running") {
      for (const auto& [volume, seed] : stage_.seeds) {
        const std::string mark = fmt::format("|made by the user {}|", marks_.size());
        model_.store.volumes[volume].content += mark;
        marks_[volume] += mark;
      }
      if (dice.once_in("stops the pod", 4)) pod->second.state = "Exited";
    }
    if (dice.once_in("restarts the machine", 8) && pod != model_.store.pods.end()) pod->second.state = "Exited";
    if (dice.once_in("edits the configuration", 6)) edit_config();
    if (dice.once_in("changes the app", 4)) app_version_ += "+";
    if (dice.once_in("cleans up", 10)) std::filesystem::remove_all(stage_.environment.project.state_directory());
  }

  void edit_config() {
    const auto file = stage_.deploy_folder() / "deploy-configmap.yaml";
    const auto text = sys::read_file_if_exists(file);
    if (!text) return;
    sys::write_file(file, *text + "# edited\n", sys::Access::secret);
    files_["deploy-configmap.yaml"] = *text + "# edited\n";
  }

  /// Nothing is made or started twice in a run, nor again if it is there; podman's nonsense excepted.
  void check_done_once(const Store& before, End end) const {
    const auto& faults = model_.faults();
    const bool misled = std::any_of(faults.begin(), faults.end(), [](const std::string& verb) { return verb == "inspect" || verb == "volume ls"; });
    for (const auto& [what, times] : model_.changes()) {
      const std::string object = what.substr(what.rfind(' ') + 1);
      if (what.starts_with("build ") || what.starts_with("import ")) {
        require(times == 1, what + " happened twice");
        const auto was = before.images.find(object);
        require(misled || was == before.images.end() || was->second != model_.store.images.at(object), what + " happened again");
      }
      if (!what.starts_with("play ")) continue;
      require(times <= (end == End::done ? 1 : 2), what + " happened too often");
      if (end != End::done) continue;  // a pod may have come back
      const auto was = before.pods.find(object);
      const auto is = model_.store.pods.find(object);
      const bool ran = was != before.pods.end() && was->second.state == "Running" && is != model_.store.pods.end();
      require(misled || !ran || was->second.labels != is->second.labels, what + " happened again");
    }
  }

  /// A pod that took the place of one that was ready, and didn't get ready, leaves it to that one again.
  void check_rolled_back(const Store& before, const std::optional<app::ReadyPod>& last_ready) const {
    const auto was = before.pods.find(pod_name());
    if (was == before.pods.end() || was->second.state != "Running" || !last_ready || last_ready->key != was->second.labels.at(app::kKeyLabel)) return;
    require(pod_runs(), "the pod of before runs again");
    const Pod& is = model_.store.pods.at(pod_name());
    require(is.labels == was->second.labels && is.containers == was->second.containers, "it is made of the same");
  }

  /// Files of the deploy directory are made once; half a file is never there.
  void check_files() {
    for (const char* name : {"pair", "pair.pub", "token", "deploy-configmap.yaml", ".fingerprint-salt"}) {
      const auto text = sys::read_file_if_exists(stage_.deploy_folder() / name);
      const auto known = files_.find(name);
      if (known != files_.end()) require(text == known->second, fmt::format("{} changed", name));
      if (text && (name != std::string("pair.pub") || files_.contains("pair"))) files_[name] = *text;
    }
  }

  /// What users wrote is there, and what others have is as it was.
  void check_data() {
    for (const auto& [volume, mark] : marks_) {
      require(model_.store.volumes[volume].content == stage_.seeds.at(volume) + mark, fmt::format("what a user wrote to {} is lost", volume));
    }
    require(model_.store.volumes.at("foreign").content == "foreign data" && model_.store.pods.at("foreign").state == "Running", "others are left alone");
  }

  void happy_end() {
    const End first = work(Wish::up, dice_.of("end").of("first"), calm());
    require(first == End::done || first == End::not_ready, "calm");
    if (first == End::not_ready) require(work(Wish::up, Dice(1), calm()) == End::done, "the next `up` finishes");
    check_everything_is_there();
    require(work(Wish::up, Dice(1), calm()) == End::done && model_.changes().empty(), "`up` again changes nothing");
    if (dice_.once_in("down and up", 8)) {
      require(work(Wish::down, Dice(1), calm()) == End::done, "`down` is done");
      require(work(Wish::up, Dice(1), calm()) == End::done, "`up` after `down` is done");
      check_everything_is_there();
    }
    require(work(Wish::down_all, Dice(1), calm()) == End::done, "`down --all` is done");
    require(model_.store.names() == before_, "`down --all` leaves what was there before, but there is\n" + model_.store.names());
  }

  void check_everything_is_there() {
    const app::Environment& environment = stage_.environment;
    require(pod_runs(), "the pod runs");
    const Pod& pod = model_.store.pods.at(pod_name());
    require(pod.containers.size() == 2, "all containers are there");
    for (const auto& [container, image] : pod.containers) {
      require(image == model_.store.image_id(container.ends_with("app") ? "localhost/sim/app:1" : "localhost/sim/side:1"), container + " runs its image");
    }
    require(pod.ready_at <= model_.now().time_since_epoch(), "`up` ends when the pod is ready");
    for (const model::Image& image : environment.env.images) require(model_.store.images.contains(image.reference), image.reference + " is there");
    for (const auto& [volume, seed] : stage_.seeds) {
      const auto mark = marks_.find(volume);
      require(model_.store.volumes[volume].content == seed + (mark == marks_.end() ? "" : mark->second), volume + " is filled, once");
    }
    check_secrets();
  }

  void check_secrets() {
    const app::DeployDirectory deploy(stage_.deploy_folder());
    const manifest::Target target{manifest::Platform::podman, manifest::parse_version(model_.version)};
    const auto seeded = manifest::seeded_secrets(stage_.environment.objects, target);
    for (const model::Secret& secret : stage_.environment.env.secrets) {
      const auto modes = seeded.find(secret.object);
      if (modes == seeded.end()) continue;
      const std::string expected = tar_of(app::secret_layers(secret, modes->second, deploy.read_secret(secret)));
      require(model_.store.volumes[secret.object].content == expected, secret.object + " holds the secret, once");
    }
  }

  const Stage& stage_;
  Dice dice_;
  ModelPodman model_;
  std::string before_;
  std::map<std::string, std::string> files_;  ///< of the deploy directory, that are made once
  std::string app_version_;
  std::string side_version_;
  std::vector<std::string> notes_;  ///< of the last pod that didn't get ready
  std::map<std::string, std::string> marks_;  ///< by volume: what the user wrote
  std::string log_;
};

/// Where the many small files of stories cost least.
void use_memory_for_files() {
  if (::access("/dev/shm", W_OK) == 0) ::setenv("TMPDIR", "/dev/shm", 0);  // NOLINT(concurrency-mt-unsafe): before any thread
}

/// What went wrong in a story, with its log; nothing if all went well.
std::optional<std::string> tell(Story& story, std::uint64_t number) {
  try {
    story.tell();
    return std::nullopt;
  } catch (const Violation& violation) {
    return fmt::format("ENVTOOL_SIMULATION={} tells this again\nviolated: {}\n{}", number, violation.what, story.log());
  } catch (const std::exception& surprise) {
    return fmt::format("ENVTOOL_SIMULATION={} tells this again\nthrown: {}\n{}", number, surprise.what(), story.log());
  }
}

std::optional<std::uint64_t> number_in(const char* variable) {
  const char* text = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
  return text == nullptr ? std::nullopt : std::optional<std::uint64_t>(std::strtoull(text, nullptr, 10));
}

/// What several threads tell together.
struct Stories {
  std::uint64_t wanted;  ///< schedules
  std::atomic<std::uint64_t> told = 0;
  std::atomic<std::uint64_t> schedules = 0;
  std::atomic<bool> failed = false;
};

/// Tells stories on one thread until there were enough schedules or one went wrong.
void tell_all(Stories& stories) {
  const Stage stage;
  while (stories.schedules < stories.wanted && !stories.failed) {
    const std::uint64_t number = stories.told++;
    Story story(stage, number);
    stories.schedules += story.schedules();
    const std::optional<std::string> failure = tell(story, number);
    if (!failure || stories.failed.exchange(true)) continue;
    ADD_FAILURE() << *failure;
  }
}

TEST(Simulation, AfterEveryStoryTheNextUpFinishesAndNothingIsLost) {
  if (const auto number = number_in("ENVTOOL_SIMULATION")) {
    const Stage stage;
    Story story(stage, *number);
    EXPECT_NO_THROW(story.tell());
    std::fputs(story.log().c_str(), stdout);
    return;
  }
  use_memory_for_files();
  Stories stories{number_in("ENVTOOL_SIMULATIONS").value_or(kSchedules)};
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) threads.emplace_back([&] { tell_all(stories); });
  }
  fmt::print("{} schedules in {} stories\n", stories.schedules.load(), stories.told.load());
}

TEST(Simulation, ANewImageIsQuotedWhenAnotherContainersCheckGivesUp) {
  const Stage stage;
  const std::vector<std::string> notes = Story(stage, 0).tell_of_a_bad_upgrade();
  const auto said = [&](const char* container) { return "the last lines of `" + stage.environment.env.container(container) + "` are:\na line"; };
  EXPECT_THAT(notes, testing::Contains(said("app")).Times(1));
  EXPECT_THAT(notes, testing::Contains(testing::StartsWith("its container `side` had a new image")));
  EXPECT_THAT(notes, testing::Contains(said("side")).Times(1));
}

TEST(Simulation, APodDoesNotComeBackWithoutItsVolumes) { EXPECT_FALSE(Story(Stage(), 0).tell_of_a_pod_without_its_volumes()); }

}  // namespace
}  // namespace sim
