#include "envtool/app/comparison.h"

#include <fmt/format.h>

#include <map>

#include "envtool/base/strings.h"

namespace app {
namespace {

/// Whether a text is as a pattern says, in which `*` stands for any text.
bool matches(std::string_view pattern, std::string_view text) {
  const std::vector<std::string> parts = base::split(pattern, '*');
  if (parts.size() == 1) return pattern == text;
  if (!text.starts_with(parts.front())) return false;
  std::size_t at = parts.front().size();
  for (std::size_t i = 1; i + 1 < parts.size(); ++i) {
    at = text.find(parts[i], at);
    if (at == std::string_view::npos) return false;
    at += parts[i].size();
  }
  return text.size() >= at + parts.back().size() && text.ends_with(parts.back());
}

doc::Map by_kind(const std::vector<doc::Value>& objects) {
  std::map<std::string, int> counts;
  for (const doc::Value& object : objects) ++counts[doc::text_at(object, "kind")];
  doc::Map map;
  for (const doc::Value& object : objects) {
    const std::string kind = doc::text_at(object, "kind");
    map.append(counts[kind] == 1 ? kind : fmt::format("{}/{}", kind, doc::text_at(object, "metadata.name")), object);
  }
  return map;
}

}  // namespace

AllowedDifferences::AllowedDifferences(const base::Source& source) {
  std::uint32_t begin = 0;
  for (const std::string& line : base::split(source.text, '\n')) {
    const std::string_view pattern = base::trim(std::string_view(line).substr(0, line.find('#')));
    if (!pattern.empty()) patterns_.push_back({std::string(pattern), {&source, begin, static_cast<std::uint32_t>(line.size())}});
    begin += static_cast<std::uint32_t>(line.size() + 1);
  }
}

bool AllowedDifferences::allows(const std::string& path) {
  bool allowed = false;
  for (Pattern& pattern : patterns_) {
    if (!matches(pattern.text, path)) continue;
    pattern.used = true;
    allowed = true;
  }
  return allowed;
}

std::vector<base::Diagnostic> AllowedDifferences::unused() const {
  base::Diagnostics found;
  for (const Pattern& pattern : patterns_) {
    if (!pattern.used) found.warning(fmt::format("`{}` allows nothing: there is no such difference", pattern.text), pattern.span);
  }
  return found.all();
}

doc::Value comparable(const Project& project, const EnvironmentOptions& options, base::Sources& sources) {
  Environment environment = load_environment(project, options, sources);
  return doc::make_map({{"definition", std::move(environment.definition)}, {"manifest", by_kind(environment.objects)}});
}

}  // namespace app
