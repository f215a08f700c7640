#include "envtool/cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>

#include "envtool/cli/print.h"
#include "envtool/doc/json.h"

namespace cli {
namespace {

using Clock = std::chrono::steady_clock;

std::string doing(const plan::Step& step) {
  switch (step.action) {
    case plan::Action::create: return "creating";
    case plan::Action::update: return "updating";
    case plan::Action::remove: return "removing";
    case plan::Action::wait: return "waiting for";
    default: return "";
  }
}

std::string seconds(std::chrono::nanoseconds took) { return fmt::format("{:.1f} s", std::chrono::duration<double>(took).count()); }

std::string_view outcome_word(const graph::Outcome& outcome) { return outcome.state == graph::State::done ? "done" : "FAILED"; }

void write(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stderr); }

std::string stale_lines(const plan::Plan& plan) {
  std::string out;
  for (const plan::Step& step : plan.steps) {
    if (step.action == plan::Action::stale) out += fmt::format("stale: {}: {}; it is yours and stays as it is\n", step.id, step.reason);
  }
  return out;
}

/// One line per event, for logs.
class PlainReporter : public app::Reporter {
 public:
  void begin(const plan::Plan& plan) override {
    plan_ = &plan;
    write(stale_lines(plan));
  }
  void started(std::size_t step) override {
    if (plan_->steps[step].acts()) write(fmt::format("{} {}: {}\n", doing(plan_->steps[step]), plan_->steps[step].id, plan_->steps[step].reason));
  }
  void line(std::size_t step, const std::string& text) override {
    const std::lock_guard lock(mutex_);
    write(fmt::format("  {}: {}\n", plan_->steps[step].id, text));
  }
  void finished(std::size_t step, const graph::Outcome& outcome) override {
    if (plan_->steps[step].acts()) write(fmt::format("{} {} ({})\n", outcome_word(outcome), plan_->steps[step].id, seconds(outcome.took)));
  }

 private:
  const plan::Plan* plan_ = nullptr;
  std::mutex mutex_;
};

/// One JSON object per event.
class JsonReporter : public app::Reporter {
 public:
  void begin(const plan::Plan& plan) override { plan_ = &plan; }
  void started(std::size_t step) override { event(step, "started", plan_->steps[step].reason, {}); }
  void line(std::size_t step, const std::string& text) override { event(step, "line", text, {}); }
  void finished(std::size_t step, const graph::Outcome& outcome) override {
    event(step, outcome.state == graph::State::done ? "done" : "failed", "", outcome.took);
  }

 private:
  void event(std::size_t step, const char* kind, const std::string& text, std::chrono::nanoseconds took) {
    if (!plan_->steps[step].acts()) return;
    const doc::Value value = doc::make_map({{"event", kind},
                                            {"step", plan_->steps[step].id},
                                            {"text", text},
                                            {"seconds", std::chrono::duration<double>(took).count()}});
    const std::lock_guard lock(mutex_);
    write(doc::emit_json(value) + "\n");
  }

  const plan::Plan* plan_ = nullptr;
  std::mutex mutex_;
};

/// A live block of what runs, finished steps above it.
class TtyReporter : public app::Reporter {
 public:
  TtyReporter() : ticker_([this](const std::stop_token& stop) { tick(stop); }) {}
  ~TtyReporter() override {
    ticker_.request_stop();
    ticker_.join();
    const std::lock_guard lock(mutex_);
    erase_block();
  }

  void begin(const plan::Plan& plan) override {
    const std::lock_guard lock(mutex_);
    plan_ = &plan;
    write(stale_lines(plan));
  }
  void started(std::size_t step) override {
    if (!plan_->steps[step].acts()) return;
    const std::lock_guard lock(mutex_);
    running_[step] = {Clock::now(), ""};
    redraw("");
  }
  void line(std::size_t step, const std::string& text) override {
    const std::lock_guard lock(mutex_);
    const auto found = running_.find(step);
    if (found != running_.end()) found->second.text = text;
  }
  void finished(std::size_t step, const graph::Outcome& outcome) override {
    if (!plan_->steps[step].acts()) return;
    const std::lock_guard lock(mutex_);
    running_.erase(step);
    const bool done = outcome.state == graph::State::done;
    const std::string mark = done ? "\x1b[32m✓\x1b[0m" : "\x1b[31m✗\x1b[0m";
    redraw(fmt::format("{} {:<32} {:>8}  {}\n", mark, plan_->steps[step].id, seconds(outcome.took), plan_->steps[step].reason));
  }

 private:
  struct Running {
    Clock::time_point since;
    std::string text;
  };

  void tick(const std::stop_token& stop) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
      std::condition_variable_any().wait_for(lock, stop, std::chrono::milliseconds(120), [] { return false; });
      const std::lock_guard guard(mutex_);
      redraw("");
    }
  }

  static std::size_t width() {
    winsize size{};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
  }

  void erase_block() {
    if (drawn_ > 0) write(fmt::format("\x1b[{}A\x1b[J", drawn_));
    drawn_ = 0;
  }

  /// Writes lines that stay, and the block anew below them.
  void redraw(const std::string& above) {
    erase_block();
    std::string out = above;
    for (const auto& [step, running] : running_) {
      constexpr std::string_view kFrames[] = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧"};
      std::string text = fmt::format("{:<32} {:>8}  {}", plan_->steps[step].id, seconds(Clock::now() - running.since),
                                     running.text.empty() ? plan_->steps[step].reason : running.text);
      out += fmt::format("{} {}\n", kFrames[frame_ % 8], text.substr(0, width() - 3));
      ++drawn_;
    }
    ++frame_;
    write(out);
    std::fflush(stderr);
  }

  const plan::Plan* plan_ = nullptr;
  std::mutex mutex_;
  std::map<std::size_t, Running> running_;
  std::size_t drawn_ = 0;
  std::size_t frame_ = 0;
  std::jthread ticker_;
};

}  // namespace

std::unique_ptr<app::Reporter> make_reporter(ProgressStyle style) {
  const bool live = style == ProgressStyle::tty || (style == ProgressStyle::automatic && stderr_color() == base::Color::always);
  if (style == ProgressStyle::json) return std::make_unique<JsonReporter>();
  if (live) return std::make_unique<TtyReporter>();
  return std::make_unique<PlainReporter>();
}

}  // namespace cli
