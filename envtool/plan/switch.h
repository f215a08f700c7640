// What taking people from one environment to another does, and when: as much as can be while the first one still runs. Pure.
#pragma once

#include <string>
#include <vector>

#include "envtool/plan/plan.h"

namespace plan {

/// When a step is done.
enum class Moment {
  before,   ///< while the first environment runs
  between,  ///< while none does
};

std::string_view to_string(Moment moment);

struct SwitchStep {
  Moment moment = Moment::before;
  std::string id;
  Action action = Action::nothing;
  std::string reason;
};

enum class Data { leave, take_along };

/// The two environments and what is known of them.
struct SwitchSubject {
  const model::Env& from;
  const Facts& from_facts;
  const model::Env& to;
  const Plan& to_plan;  ///< of `up`
  Data data = Data::leave;
};

/// Secrets that both make themselves, in files of the same name: the second environment takes the first one's where it has none.
std::vector<model::Secret> shared_secrets(const model::Env& from, const model::Env& to);

/// Volumes of both whose data goes along when that is asked for: those that the parameter `data_volumes` of the second names.
std::vector<std::string> data_volumes(const model::Env& from, const model::Env& to);

/// The part of a plan of `up` that can be done while another environment has the ports: the pod is made, and started later.
Plan up_to_start(Plan plan);
/// What follows when the pod has been started: waiting, whatever was known of it before.
Plan from_start_on(Plan plan);

/// Everything in order, what stays as it is counted in.
std::vector<SwitchStep> make_switch(const SwitchSubject& subject);

}  // namespace plan
