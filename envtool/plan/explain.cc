#include "envtool/plan/explain.h"

#include <algorithm>

#include "envtool/doc/json.h"

namespace plan {
namespace {

void flatten_into(const doc::Value& value, const std::string& path, std::vector<Input>& out) {
  if (value.is_map() && !value.as_map().empty()) {
    for (const doc::Entry& entry : value.as_map()) flatten_into(entry.value, doc::join_path(path, entry.key), out);
  } else if (value.is_list() && !value.as_list().empty()) {
    for (std::size_t i = 0; i < value.as_list().size(); ++i) flatten_into(value.as_list()[i], doc::join_path(path, i), out);
  } else {
    out.push_back({path, value.is_string() ? value.as_string() : doc::emit_json(value)});
  }
}

}  // namespace

std::vector<Input> flatten(const doc::Value& inputs) {
  std::vector<Input> out;
  flatten_into(inputs, "", out);
  return out;
}

std::vector<std::string> changed_inputs(const std::vector<doc::Difference>& differences) {
  std::vector<std::string> names;
  for (const doc::Difference& difference : differences) {
    const std::string name = difference.path.substr(0, difference.path.find_first_of(".["));
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

}  // namespace plan
