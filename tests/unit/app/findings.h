// Findings as lines that tests compare: `fail storage driver: vfs, which copies ...`.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "envtool/app/finding.h"

namespace test {

/// The line of one check, or `no such check`.
inline std::string line_of(const std::vector<app::Finding>& findings, const std::string& check) {
  const auto found = std::find_if(findings.begin(), findings.end(), [&](const app::Finding& finding) { return finding.check == check; });
  return found == findings.end() ? "no such check" : fmt::format("{} {}: {}", to_string(found->verdict), check, found->evidence);
}

inline std::string fix_of(const std::vector<app::Finding>& findings, const std::string& check) {
  const auto found = std::find_if(findings.begin(), findings.end(), [&](const app::Finding& finding) { return finding.check == check; });
  return found == findings.end() ? "no such check" : found->fix;
}

/// The checks that failed.
inline std::vector<std::string> failures(const std::vector<app::Finding>& findings) {
  std::vector<std::string> names;
  for (const app::Finding& finding : findings) {
    if (finding.verdict == app::Verdict::fail) names.push_back(finding.check);
  }
  return names;
}

}  // namespace test
