// What things were made with when they were made, so that `plan --explain` can tell what changed since.
// Remembered to say more only: decisions rest on the keys that podman keeps.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "envtool/app/project.h"
#include "envtool/doc/value.h"
#include "envtool/plan/plan.h"

namespace app {

class MadeWith {
 public:
  /// What is remembered of one environment; nothing if that can't be read.
  MadeWith(const Project& project, const std::string& env);

  /// The inputs of the key under which a step's result was made.
  std::optional<doc::Value> inputs_of(const plan::Step& step) const;
  void note(const plan::Step& step);
  /// Writes down what was noted, if anything was. Trouble with that is ignored.
  void save() const;

 private:
  fs::path file_;
  doc::Value memory_;
  bool noted_ = false;
};

/// Says which inputs changed in the place of the planner's general reasons, where that is remembered.
void sharpen_reasons(plan::Plan& plan, const MadeWith& memory);

}  // namespace app
