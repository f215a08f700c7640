#include "envtool/app/ready.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "envtool/app/execute.h"
#include "envtool/base/strings.h"

namespace app {
namespace {

constexpr auto kRequestTimeout = std::chrono::milliseconds(2000);
constexpr auto kFirstPause = std::chrono::milliseconds(50);
constexpr auto kLongestPause = std::chrono::milliseconds(500);
constexpr auto kLongestPauseOfRequests = std::chrono::milliseconds(100);
constexpr int kShareOfPauses = 3;  ///< a pause lasts as many times as long as the question before: it costs what it waits for
constexpr auto kLookAtContainer = std::chrono::seconds(2);
constexpr int kLogLines = 15;

ProbeAnswer ask_http(const Probe& probe, http::Client& http, std::stop_token stop) {
  const http::Response response = http.get(probe.url, kRequestTimeout, std::move(stop));
  if (response.status == 200) return {true, ""};
  return {false, response.status != 0 ? fmt::format("HTTP status {}", response.status) : response.problem};
}

ProbeAnswer ask_command(const Probe& probe, const podman::Podman& podman, std::stop_token stop) {
  const sys::Result result = podman.exec(probe.container, probe.command, std::move(stop));
  const std::string output(base::trim(result.out.empty() ? result.err : result.out));
  const std::string first_line = output.substr(0, output.find('\n'));
  if (!result.ok()) return {false, first_line.empty() ? fmt::format("exit code {}", result.exit_code) : first_line};
  const bool matches = probe.expect.empty() || std::regex_search(output, std::regex(probe.expect, std::regex::ECMAScript | std::regex::multiline));
  return {matches, first_line};
}

/// Why the container can't become ready any more, or the empty string.
std::string death_of(const Probe& probe, const podman::Podman& podman) {
  const std::string state = podman.container_state(probe.container);
  return state == "exited" || state == "dead" || state.empty() ? fmt::format("container `{}` is {}", probe.container, state.empty() ? "gone" : state) : "";
}

[[noreturn]] void give_up(const Probe& probe, const podman::Podman& podman, const std::string& why) {
  base::Diagnostic problem{base::Severity::error, fmt::format("waited for {}: {}", probe.description, why), {}, {}, {}};
  tell_last_lines(problem, probe.container, podman);
  throw NotReady(std::vector{std::move(problem)});
}

}  // namespace

void tell_last_lines(base::Diagnostic& problem, const std::string& container, const podman::Podman& podman) {
  const std::string head = fmt::format("the last lines of `{}` are:\n", container);
  if (std::ranges::any_of(problem.notes, [&](const std::string& note) { return note.starts_with(head); })) return;
  const std::string log = podman.logs(container, kLogLines);
  if (!log.empty()) problem.notes.push_back(head + log);
}

Probe make_probe(const Environment& environment, const model::ReadyCheck& check, const model::DeployValues& deploy,
                 const fs::path& deploy_directory) {
  Probe probe;
  probe.name = check.name;
  probe.description = check.description;
  probe.timeout = std::chrono::seconds(check.timeout_seconds);
  if (const auto* exec = std::get_if<model::ExecCheck>(&check.probe)) {
    probe.container = environment.env.container(exec->container);
    probe.command = exec->command;
    probe.expect = exec->expect;
    return probe;
  }
  const auto& http = std::get<model::HttpCheck>(check.probe);
  const model::Port* port = environment.env.find_port(http.port);
  probe.container = environment.env.container(port->container);
  probe.url = fmt::format("http://{}:{}{}", port->host_ip.empty() || port->host_ip == "0.0.0.0" ? "127.0.0.1" : port->host_ip,
                          port->host_port, render_text(environment, http.path, deploy, deploy_directory));
  return probe;
}

ProbeAnswer ask(const Probe& probe, const podman::Podman& podman, http::Client& http, std::stop_token stop) {
  return probe.url.empty() ? ask_command(probe, podman, std::move(stop)) : ask_http(probe, http, std::move(stop));
}

void wait_until_ready(const Probe& probe, const World& world, const std::function<void(const std::string&)>& on_change,
                      std::stop_token stop) {
  const auto deadline = world.clock.now() + probe.timeout;
  auto next_look = world.clock.now() + kLookAtContainer;
  const auto longest = probe.url.empty() ? kLongestPause : kLongestPauseOfRequests;
  auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(kFirstPause);
  std::string seen;
  while (true) {
    if (stop.stop_requested()) throw base::Error(fmt::format("interrupted while waiting for {}", probe.description));
    const auto asked_at = world.clock.now();
    const ProbeAnswer answer = ask(probe, world.podman, world.http, stop);
    if (answer.ready) return;
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(world.clock.now() - asked_at);
    if (answer.seen != seen) on_change(seen = answer.seen);
    if (world.clock.now() >= next_look) {
      if (const std::string death = death_of(probe, world.podman); !death.empty()) give_up(probe, world.podman, death);
      next_look = world.clock.now() + kLookAtContainer;
    }
    if (world.clock.now() >= deadline) give_up(probe, world.podman, fmt::format("not ready after {} s ({})", probe.timeout.count(), seen));
    world.clock.pause(std::max(wait, std::min<std::chrono::milliseconds>(took * kShareOfPauses, longest)), stop);
    wait = std::min<std::chrono::milliseconds>(wait * 3 / 2, longest);
  }
}

}  // namespace app
