#include "envtool/model/argfile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "envtool/base/strings.h"

namespace model {
namespace {

bool is_argument_name(std::string_view name) {
  const auto allowed = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 && std::all_of(name.begin(), name.end(), allowed);
}

}  // namespace

std::map<std::string, std::string> parse_argfile(const base::Source& source, base::Diagnostics& problems) {
  std::map<std::string, std::string> arguments;
  std::size_t at = 0;
  for (std::string line : base::split(source.text, '\n')) {
    const base::Span span{&source, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(line.size())};
    at += line.size() + 1;
    if (line.ends_with('\r')) line.pop_back();
    if (base::trim(line).empty() || base::trim(line).starts_with('#')) continue;
    if (!base::is_utf8(line) || line.find('\0') != std::string::npos) {
      problems.error("not UTF-8 text", span);
      continue;
    }
    const std::size_t equals = line.find('=');
    const std::string name = line.substr(0, equals);
    if (equals == std::string::npos || !is_argument_name(name)) {
      problems.error("expected a line of the form NAME=VALUE", span);
    } else if (!arguments.emplace(name, line.substr(equals + 1)).second) {
      problems.error(fmt::format("build argument `{}` is given twice", name), span);
    }
  }
  return arguments;
}

}  // namespace model
