#include "envtool/cli/print.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "envtool/cli/command.h"
#include "envtool/doc/json.h"
#include "envtool/sys/fd.h"

namespace cli {
namespace {

void write(std::FILE* file, const std::string& text) { std::fwrite(text.data(), 1, text.size(), file); }

std::string step_line_verb(plan::Action action) { return action == plan::Action::nothing ? "-" : std::string(to_string(action)); }

doc::Value diagnostic_value(const base::Diagnostic& diagnostic) {
  return doc::make_map({{"severity", diagnostic.severity == base::Severity::error ? "error" : "warning"},
                        {"message", diagnostic.message},
                        {"at", to_string(diagnostic.span)},
                        {"notes", doc::make_list(diagnostic.notes)},
                        {"hints", doc::make_list(diagnostic.hints)}});
}

}  // namespace

base::Color stderr_color() {
  const char* term = std::getenv("TERM");                       // NOLINT(concurrency-mt-unsafe)
  const bool refused = std::getenv("NO_COLOR") != nullptr;      // NOLINT(concurrency-mt-unsafe)
  const bool dumb = term == nullptr || std::string_view(term) == "dumb";
  return isatty(STDERR_FILENO) != 0 && !refused && !dumb ? base::Color::always : base::Color::never;
}

void print_diagnostics(const std::vector<base::Diagnostic>& diagnostics) { write(stderr, base::render(diagnostics, stderr_color())); }

doc::Value verdict_value(std::vector<std::pair<std::string, doc::Value>> subject, const base::Diagnostics& problems) {
  subject.emplace_back("good", !problems.has_errors());
  subject.emplace_back("problems", doc::make_list(problems.all(), diagnostic_value));
  return doc::make_map(std::move(subject));
}

std::string verdict_line(const std::string& subject, const base::Diagnostics& problems) {
  return fmt::format("{}: {}", subject, problems.has_errors() ? "has errors" : "good");
}

void print_line(const std::string& text) { write(stdout, text + "\n"); }

void print_text(const std::string& text) { write(stdout, text); }

void print_json(const doc::Value& value) { write(stdout, doc::emit_json(value, doc::JsonStyle::indented)); }

void print_tar(const sys::Feed& feed) {
  sys::widen_pipe(STDOUT_FILENO);
  feed([](std::string_view bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size()) throw base::Error("cannot write to stdout");
  });
  if (std::fflush(stdout) != 0) throw base::Error("cannot write to stdout");
}

void require_no_terminal(const std::string& hint) {
  if (isatty(STDOUT_FILENO) != 0) throw WrongUsage(base::Error("a tar stream is nothing for a terminal").hint(hint).diagnostics());
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) out += fmt::format("{:<{}}  ", row[i], widths[i]);
    out += (row.empty() ? "" : row.back()) + "\n";
  }
  return out;
}

std::string plan_text(const plan::Plan& plan) {
  std::vector<std::vector<std::string>> rows;
  for (const plan::Step& step : plan.steps) rows.push_back({step_line_verb(step.action), step.id, step.reason});
  std::string text = table(rows);
  if (!plan.changes()) text += "\nNothing to do.\n";
  return text;
}

doc::Value plan_value(const plan::Plan& plan) {
  const auto id = [&](std::size_t need) { return plan.steps[need].id; };
  const auto one = [&](const plan::Step& step) {
    doc::Value value = app::to_value(step);
    value["needs"] = doc::make_list(step.needs, id);
    return value;
  };
  return doc::make_map({{"changes", plan.changes()}, {"steps", doc::make_list(plan.steps, one)}});
}

std::string status_text(const app::EnvironmentStatus& status) {
  std::vector<std::vector<std::string>> rows{{"environment", status.environment}};
  if (!status.instance.empty()) rows.push_back({"instance", status.instance});
  rows.push_back({"pod", fmt::format("{} ({})", status.pod, status.state)});
  for (const app::ContainerStatus& container : status.containers) rows.push_back({"container", fmt::format("{} ({})", container.name, container.state)});
  for (const app::CheckStatus& check : status.checks) {
    rows.push_back({"check", check.ready ? check.name + " (ready)" : fmt::format("{} (not ready: {})", check.name, check.seen)});
  }
  for (const plan::Step& step : status.differences) rows.push_back({std::string(to_string(step.action)), step.id + ": " + step.reason});
  return table(rows);
}

}  // namespace cli
