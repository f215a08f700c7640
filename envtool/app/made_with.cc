#include "envtool/app/made_with.h"

#include <fmt/format.h>

#include "envtool/app/memory_file.h"
#include "envtool/base/error.h"
#include "envtool/base/strings.h"
#include "envtool/plan/explain.h"

namespace app {

MadeWith::MadeWith(const Project& project, const std::string& env)
    : file_(project.state_directory() / (env + ".made-with.json")), memory_(read_memory(file_)) {}

std::optional<doc::Value> MadeWith::inputs_of(const plan::Step& step) const {
  const doc::Value* made = memory_.find(step.id);
  const doc::Value* key = made != nullptr ? made->find("key") : nullptr;
  const doc::Value* inputs = made != nullptr ? made->find("inputs") : nullptr;
  if (!step.found || key == nullptr || inputs == nullptr || !(*key == doc::Value(*step.found))) return std::nullopt;
  return *inputs;
}

void MadeWith::note(const plan::Step& step) {
  if (!step.key) return;
  memory_[step.id] = doc::make_map({{"key", *step.key}, {"inputs", step.inputs}});
  noted_ = true;
}

void MadeWith::save() const {
  if (!noted_) return;
  try {
    write_memory(file_, memory_);
  } catch (const base::Error&) {
  }
}

void sharpen_reasons(plan::Plan& plan, const MadeWith& memory) {
  for (plan::Step& step : plan.steps) {
    if (!step.key || !step.found || step.key == step.found) continue;
    const std::optional<doc::Value> before = memory.inputs_of(step);
    if (!before) continue;
    const std::vector<std::string> names = plan::changed_inputs(doc::differences(*before, step.inputs));
    if (!names.empty()) step.reason = fmt::format("{} changed", base::quoted_list(names));
  }
}

}  // namespace app
