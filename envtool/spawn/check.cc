#include "envtool/spawn/check.h"

#include <fmt/format.h>

#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "envtool/spawn/form.h"
#include "envtool/spawn/render.h"

namespace spawn {
namespace {

const std::vector<Server>& sample_servers() {
  static const std::vector<Server> kServers{{"alice", 1, "", {}, "token"},
                                            {"alice", 1, "My server", {}, "token"},
                                            {"O'Neil: \"Zoë\" #1 <zoe@example.org>", 2, "a--b", {}, "token"},
                                            {"42", 3, "", {}, "token"},
                                            {"a.very.long.name.of.a.person.at.a.department@university.example.org", 4, "gpu", {}, "token"}};
  return kServers;
}

/// A message without what stands in backticks: the same for every user.
std::string gist(std::string_view message) {
  std::string text;
  bool quoted = false;
  for (const char c : message) {
    if (c == '`') quoted = !quoted;
    if (!quoted) text += c;
  }
  return text;
}

/// Takes over what hasn't been reported at its place yet, for whomever.
class Findings {
 public:
  explicit Findings(base::Diagnostics& problems) : problems_(problems) {}

  void add(const std::vector<base::Diagnostic>& found, const std::string& whose) {
    for (base::Diagnostic diagnostic : found) {
      if (!seen_.emplace(gist(diagnostic.message), base::to_string(diagnostic.span)).second) continue;
      diagnostic.notes.push_back(whose);
      problems_.add(std::move(diagnostic));
    }
  }

 private:
  base::Diagnostics& problems_;
  std::set<std::pair<std::string, std::string>> seen_;
};

void try_server(const Config& config, const Server& server, base::Sources& sources, Findings& findings) {
  std::string whose = fmt::format("for user `{}`", server.user);
  if (!server.name.empty()) whose += fmt::format(", server `{}`", server.name);
  if (server.profile) whose += fmt::format(", profile `{}`", *server.profile);
  try {
    findings.add(render(config, server, sources).warnings, whose);
  } catch (const base::Error& error) {
    findings.add(error.diagnostics(), whose);
  }
}

}  // namespace

void check(const Config& config, base::Sources& sources, base::Diagnostics& problems) {
  std::vector<std::optional<std::string>> slugs;
  for (const Profile& profile : config.profiles) slugs.emplace_back(profile.slug);
  if (slugs.empty()) slugs.emplace_back();
  Findings findings(problems);
  for (const auto& slug : slugs) {
    for (Server server : sample_servers()) {
      server.profile = slug;
      try_server(config, server, sources, findings);
    }
  }
  try {
    render_form(config, sources);
  } catch (const base::Error& error) {
    problems.add(error);
  }
}

}  // namespace spawn
