// Processes that are never started: calls are noted, and answered from a script.
#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "envtool/base/error.h"
#include "envtool/sys/process.h"

namespace test {

struct Call {
  sys::Command command;
  std::string input;  ///< everything that the feed gave
};

class RecordingProcesses : public sys::Processes {
 public:
  using sys::Processes::run;

  /// The answer to the next call that has none yet. Calls without an answer succeed and print nothing.
  void answer(sys::Result result) { answers_.push_back(std::move(result)); }
  void prints(std::string out) { answer({0, std::move(out), "", false, false}); }
  void fails(int exit_code, std::string err) { answer({exit_code, "", std::move(err), false, false}); }
  /// From the n-th call on, counted from 1, starting a program throws.
  void break_at(std::size_t call) { broken_from_ = call; }

  sys::Result run(const sys::Command& command, const sys::Io& io, std::stop_token) override {
    Call call{command, ""};
    if (io.input) io.input([&call](std::string_view bytes) { call.input += bytes; });
    sys::Result result = note(std::move(call));
    if (io.on_out) hand_over(result.out, io.on_out);
    if (io.on_err) hand_over(result.err, io.on_err);
    return result;
  }
  int run_foreground(const sys::Command& command) override { return note({command, ""}).exit_code; }

  const std::vector<Call>& calls() const { return calls_; }
  /// The command lines, as a shell would take them.
  std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    for (const Call& call : calls_) lines.push_back(sys::to_string(call.command));
    return lines;
  }

 private:
  sys::Result note(Call call) {
    const std::lock_guard lock(mutex_);
    calls_.push_back(std::move(call));
    if (broken_from_ > 0 && calls_.size() >= broken_from_) throw base::Error("no more processes");
    if (answers_.empty()) return {};
    sys::Result result = std::move(answers_.front());
    answers_.pop_front();
    return result;
  }

  /// In small pieces, as a pipe would.
  static void hand_over(std::string& bytes, const sys::Sink& sink) {
    for (std::size_t i = 0; i < bytes.size(); i += 7) sink(std::string_view(bytes).substr(i, 7));
    bytes.clear();
  }

  std::mutex mutex_;
  std::vector<Call> calls_;
  std::deque<sys::Result> answers_;
  std::size_t broken_from_ = 0;
};

}  // namespace test
