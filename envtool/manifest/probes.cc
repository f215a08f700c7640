#include "envtool/manifest/probes.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "envtool/base/strings.h"

namespace manifest {
namespace {

using doc::make_map;
using doc::Value;

constexpr std::int64_t kTimeoutSeconds = 10;
constexpr std::int64_t kStartupPeriod = 2;

enum class Strictness { output, exit_code };

/// What of one container is looked at.
struct Checks {
  std::vector<const model::ReadyCheck*> requests;
  std::vector<const model::ReadyCheck*> commands;
  std::uint32_t timeout_seconds = 0;
};

const model::ExecCheck& command_of(const model::ReadyCheck& check) { return std::get<model::ExecCheck>(check.probe); }
const model::HttpCheck& request_of(const model::ReadyCheck& check) { return std::get<model::HttpCheck>(check.probe); }

std::string container_of(const model::Env& env, const model::ReadyCheck& check) {
  if (const auto* command = std::get_if<model::ExecCheck>(&check.probe)) return command->container;
  const model::Port* port = env.find_port(request_of(check).port);
  return port != nullptr ? port->container : "";
}

Checks checks_of(const model::Env& env, const std::string& container) {
  Checks checks;
  for (const model::ReadyCheck& check : env.ready) {
    if (container_of(env, check) != container) continue;
    (std::holds_alternative<model::HttpCheck>(check.probe) ? checks.requests : checks.commands).push_back(&check);
    checks.timeout_seconds = std::max(checks.timeout_seconds, check.timeout_seconds);
  }
  return checks;
}

std::string shell_words(const std::vector<std::string>& command) {
  std::vector<std::string> quoted;
  for (const std::string& word : command) quoted.push_back(base::shell_quote(word));
  return base::join(quoted, " ");
}

std::string shell_line(const model::ExecCheck& check, Strictness strictness) {
  const std::string words = shell_words(check.command);
  if (strictness == Strictness::exit_code || check.expect.empty()) return words + " > /dev/null";
  return fmt::format("output=$({}) && printf '%s\\n' \"$output\" | grep -Eq -e {}", words, base::shell_quote(check.expect));
}

Value exec_handler(const std::vector<const model::ReadyCheck*>& commands, Strictness strictness) {
  const model::ExecCheck& first = command_of(*commands.front());
  const bool plain = commands.size() == 1 && (strictness == Strictness::exit_code || first.expect.empty());
  if (plain) return make_map({{"exec", make_map({{"command", doc::make_list(first.command)}})}});
  std::vector<std::string> lines;
  for (const model::ReadyCheck* check : commands) lines.push_back(shell_line(command_of(*check), strictness));
  return make_map({{"exec", make_map({{"command", doc::make_list(std::vector<std::string>{"sh", "-c", base::join(lines, " && ")})}})}});
}

Value http_handler(const model::Env& env, const model::HttpCheck& check, const std::function<std::string(const std::string&)>& rendered) {
  const model::Port* port = env.find_port(check.port);
  return make_map({{"httpGet", make_map({{"path", rendered(check.path)}, {"port", std::int64_t{port->container_port}}})}});
}

Value probe(Value handler, std::int64_t period, std::int64_t failures) {
  handler["periodSeconds"] = period;
  handler["timeoutSeconds"] = kTimeoutSeconds;
  handler["failureThreshold"] = failures;
  return handler;
}

void add(Value& container, std::string_view field, Value value) {
  if (container.find(field) == nullptr) container[field] = std::move(value);
}

/// What ECMAScript's regular expressions have and POSIX' extended ones haven't.
bool is_posix(const std::string& expression) {
  return expression.find("(?") == std::string::npos && expression.find("\\d") == std::string::npos && expression.find("\\D") == std::string::npos;
}

void check_expressions(const Checks& checks, base::Diagnostics& problems) {
  for (const model::ReadyCheck* check : checks.commands) {
    const std::string& expect = command_of(*check).expect;
    if (is_posix(expect)) continue;
    problems.error(fmt::format("readiness check `{}` can't be a probe: `grep -E` doesn't know all of `{}`", check->name, expect), check->span)
        .hints.emplace_back("write `[0-9]` for `\\d`, and `(` for `(?:`");
  }
}

/// A container has one probe of each kind: commands go before requests, which can't be joined.
void check_requests(const Checks& checks, base::Diagnostics& problems) {
  const std::string chosen = checks.commands.empty() && !checks.requests.empty() ? request_of(*checks.requests.front()).path : "";
  for (const model::ReadyCheck* check : checks.requests) {
    if (request_of(*check).path == chosen) continue;
    problems.warning(fmt::format("readiness check `{}` is left out: its container has another one, and probes can't be joined", check->name), check->span);
  }
}

}  // namespace

void add_probes(Value& container, const model::Env& env, const std::function<std::string(const std::string&)>& rendered, base::Diagnostics& problems) {
  const Checks checks = checks_of(env, doc::text_at(container, "name"));
  if (checks.commands.empty() && checks.requests.empty()) return;
  check_expressions(checks, problems);
  check_requests(checks, problems);
  const auto handler = [&](Strictness strictness) {
    return checks.commands.empty() ? http_handler(env, request_of(*checks.requests.front()), rendered) : exec_handler(checks.commands, strictness);
  };
  const Value ready = handler(Strictness::output);
  const std::int64_t tries = std::max<std::int64_t>(1, (checks.timeout_seconds + kStartupPeriod - 1) / kStartupPeriod);
  add(container, "startupProbe", probe(ready, kStartupPeriod, tries));
  add(container, "readinessProbe", probe(ready, 10, 3));
  add(container, "livenessProbe", probe(handler(Strictness::exit_code), 30, 10));
}

}  // namespace manifest
