#include "envtool/app/finding.h"

#include <algorithm>
#include <array>

namespace app {

std::string_view to_string(Verdict verdict) {
  constexpr std::array<std::string_view, 4> kNames{"ok", "warn", "fail", "skipped"};
  return kNames.at(static_cast<std::size_t>(verdict));
}

Finding good(std::string check, std::string evidence) { return {std::move(check), Verdict::ok, std::move(evidence), ""}; }

Finding worse(std::string check, std::string evidence, std::string fix) {
  return {std::move(check), Verdict::warn, std::move(evidence), std::move(fix)};
}

Finding bad(std::string check, std::string evidence, std::string fix) {
  return {std::move(check), Verdict::fail, std::move(evidence), std::move(fix)};
}

Finding skipped(std::string check, std::string evidence) { return {std::move(check), Verdict::skipped, std::move(evidence), ""}; }

bool has_failure(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& finding) { return finding.verdict == Verdict::fail; });
}

doc::Value to_value(const std::vector<Finding>& findings) {
  const auto one = [](const Finding& finding) {
    return doc::make_map({{"check", finding.check},
                          {"verdict", to_string(finding.verdict)},
                          {"evidence", finding.evidence},
                          {"fix", finding.fix}});
  };
  return doc::make_map({{"healthy", !has_failure(findings)}, {"findings", doc::make_list(findings, one)}});
}

}  // namespace app
