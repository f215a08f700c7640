#include "envtool/plan/plan.h"

#include <fmt/format.h>

#include "envtool/cli/cluster.h"
#include "envtool/cli/command.h"
#include "envtool/cli/print.h"
#include "envtool/cli/work.h"
#include "envtool/doc/json.h"
#include "envtool/plan/explain.h"

namespace cli {
namespace {

struct Options {
  EnvironmentArguments arguments;
  std::string step;
  bool exit_code = false;
  bool explain = false;
};

/// The steps that were asked for.
plan::Plan chosen(const plan::Plan& plan, const std::string& id) {
  if (id.empty()) return plan;
  plan::Plan one;
  one.steps.push_back(require_step(plan, id));
  return one;
}

std::string shown(const doc::Value* value) { return value == nullptr ? "(not there)" : doc::emit_json(*value); }

std::string explanation(const plan::Step& step, const app::MadeWith& memory) {
  std::string out = fmt::format("{}: {}: {}\n", step.id, to_string(step.action), step.reason);
  if (step.inputs.is_null()) return out + (step.key ? "" : "  it has no key, or none yet\n");
  out += fmt::format("  key {}{}\n", *step.key, step.found && step.found != step.key ? fmt::format(", found {}", *step.found) : "");
  for (const plan::Input& input : plan::flatten(step.inputs)) out += fmt::format("    {}: {}\n", input.path, input.value);
  if (!step.found || step.found == step.key) return out;
  const std::optional<doc::Value> before = memory.inputs_of(step);
  if (!before) return out + "  what it was made with isn't remembered\n";
  out += "  changed since it was made\n";
  for (const doc::Difference& change : doc::differences(*before, step.inputs)) {
    out += fmt::format("    {}: {} -> {}\n", change.path, shown(change.left), shown(change.right));
  }
  return out;
}

doc::Value explanation_value(const plan::Step& step, const app::MadeWith& memory) {
  doc::Value value = app::to_value(step);
  value["found"] = step.found ? doc::Value(*step.found) : doc::Value();
  value["inputs"] = step.inputs;
  const std::optional<doc::Value> before = memory.inputs_of(step);
  value["made_with"] = before.value_or(doc::Value());
  return value;
}

void explain(const Shell& shell, const app::Session& session, const plan::Plan& plan) {
  const app::MadeWith memory = session.made_with();
  doc::Value values{doc::List()};
  for (const plan::Step& step : plan.steps) {
    if (shell.globals.output == OutputFormat::text) print_text(explanation(step, memory));
    values.push_back(explanation_value(step, memory));
  }
  if (shell.globals.output == OutputFormat::json) print_json(values);
}

int run(Shell& shell, const Options& options) {
  if (is_for_cluster(options.arguments)) return plan_on_cluster(shell, options.arguments, options.exit_code);
  const auto session = open_session(shell, options.arguments);
  require_deployment(*session);
  const plan::Facts facts = session->gather(app::Session::Outside::ask, shell.stop);
  require_target(*session, facts);
  const plan::Plan plan = session->make_plan(facts, plan::Scope::up);
  const plan::Plan steps = as_usage([&] { return chosen(plan, options.step); });
  if (options.explain) {
    explain(shell, *session, steps);
  } else {
    shell.globals.output == OutputFormat::json ? print_json(plan_value(steps)) : print_text(plan_text(steps));
  }
  return options.exit_code && plan.changes() ? kDifferences : kDone;
}

}  // namespace

void setup_plan(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("plan", "Show what `up` would do, and why");
  auto options = std::make_shared<Options>();
  add_environment_options(*command, options->arguments, {Wants::deployment, Wants::target, Wants::cluster});
  command->add_option("STEP", options->step, "Only this step");
  command->add_flag("--explain", options->explain, "Show what each key is made of, and what changed since the result was made");
  command->add_flag("--exit-code", options->exit_code, "Exit with 3 if there is anything to do");
  command->footer("Examples:\n  envtool plan dev_dummyauth\n  envtool plan dev_dummyauth 'image brics_slurm' --explain\n  envtool plan dev_dummyauth --output json | jq '.steps[].step'");
  command->callback([&action, options] { action = [options](Shell& shell) { return run(shell, *options); }; });
}

}  // namespace cli
