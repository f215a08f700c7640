// Real programs for peer tests: run to the end, or in the background of a test. A program that is absent or fails
// fails the test.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "envtool/sys/process.h"

namespace peer {

struct Outcome {
  int exit_code = 0;
  std::string out;
  std::string err;
};

/// Runs a program, whatever comes of it.
inline Outcome attempt(std::vector<std::string> argv, const std::string& input = "", const std::string& directory = "") {
  sys::Command command;
  command.argv = std::move(argv);
  command.directory = directory;
  sys::Io io;
  if (!input.empty()) io.input = [&input](const sys::Sink& sink) { sink(input); };
  sys::SystemProcesses processes;
  const sys::Result result = processes.run(command, io, {});
  return {result.exit_code, result.out, result.err};
}

/// The output of a program that has to succeed.
inline std::string run(std::vector<std::string> argv, const std::string& input = "", const std::string& directory = "") {
  const std::string program = argv.front();
  const Outcome outcome = attempt(std::move(argv), input, directory);
  if (outcome.exit_code != 0) throw std::runtime_error(program + " failed: " + outcome.err);
  return outcome.out;
}

/// A program that runs until this object goes.
class Background {
 public:
  explicit Background(std::vector<std::string> argv, std::string directory = "")
      : thread_([argv = std::move(argv), directory = std::move(directory)](std::stop_token stop) {
          sys::Command command;
          command.argv = argv;
          command.directory = directory;
          sys::SystemProcesses().run(command, {}, stop);
        }) {}

 private:
  std::jthread thread_;
};

/// Waits up to thirty seconds for something to come true.
inline void await(const std::string& what, const std::function<bool()>& is_true) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!is_true()) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("waited in vain: " + what);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace peer
