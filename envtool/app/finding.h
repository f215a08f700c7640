// What an examination comes to: one line for each thing that was looked at.
#pragma once

#include <string>
#include <vector>

#include "envtool/doc/value.h"

namespace app {

/// `warn`: it works, or may; `skipped`: it could not be looked at, or doesn't matter here.
enum class Verdict { ok, warn, fail, skipped };

std::string_view to_string(Verdict verdict);

struct Finding {
  std::string check;     ///< what was looked at: `storage driver`
  Verdict verdict = Verdict::ok;
  std::string evidence;  ///< what was seen
  std::string fix;       ///< what to do about it; empty where nothing needs to be done
};

Finding good(std::string check, std::string evidence);
Finding worse(std::string check, std::string evidence, std::string fix);  ///< `warn`
Finding bad(std::string check, std::string evidence, std::string fix);    ///< `fail`
Finding skipped(std::string check, std::string evidence);

bool has_failure(const std::vector<Finding>& findings);

doc::Value to_value(const std::vector<Finding>& findings);

}  // namespace app
