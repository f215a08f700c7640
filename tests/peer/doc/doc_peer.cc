// Reads and writes YAML by the line, for tests against other implementations.
// In:  {"type": "emit", "documents": [...]}   Out: {"yaml": "..."}
//      {"type": "read", "text": "..."}             {"documents": [...]}
// or {"error": "..."}; a request and an answer are one line of JSON each.
#include <iostream>
#include <string>

#include "envtool/base/error.h"
#include "envtool/doc/json.h"
#include "envtool/doc/yaml.h"

namespace {

using doc::Value;

Value answer(const Value& request) {
  if (const Value* documents = request.find("documents")) {
    return doc::make_map({{"yaml", doc::emit_yaml(documents->as_list())}});
  }
  const base::Source source{"text", request.find("text")->as_string()};
  return doc::make_map({{"documents", doc::read_yaml_all(source)}});
}

Value answer_line(const std::string& line) {
  try {
    return answer(doc::parse_json(line, "request"));
  } catch (const base::Error& error) {
    return doc::make_map({{"error", error.what()}});
  }
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) std::cout << doc::emit_json(answer_line(line)) << '\n';
}
