// Applies patches and reads quantities by the line, for tests against other implementations.
// In:  {"type": "strategic" | "merge" | "json", "object": ..., "patch": ...}   Out: {"result": ...}
//      {"type": "quantity", "text": "1.5Gi", "other": "2G"}                    {"canonical": "1536Mi", "compared": -1}
//      {"type": "escape" | "slug", "text": "..."}                              {"result": "..."}
// or {"error": "..."}; keys are sorted.
#include <iostream>
#include <string>

#include "envtool/base/error.h"
#include "envtool/doc/json.h"
#include "envtool/patch/json_patch.h"
#include "envtool/patch/merge.h"
#include "envtool/patch/names.h"
#include "envtool/patch/quantity.h"
#include "envtool/patch/strategic.h"

namespace {

using doc::Value;
using patch::Quantity;

Value result(Value value) { return doc::make_map({{"result", std::move(value)}}); }

Value compare(const Value& request) {
  const Quantity quantity = Quantity::parse(request.find("text")->as_string());
  const auto order = quantity <=> Quantity::parse(request.find("other")->as_string());
  return doc::make_map({{"canonical", quantity.to_string()}, {"compared", order < 0 ? -1 : (order > 0 ? 1 : 0)}});
}

Value answer(const Value& request) {
  const std::string& type = request.find("type")->as_string();
  if (type == "quantity") return compare(request);
  if (type == "escape") return result(patch::escape(request.find("text")->as_string()));
  if (type == "slug") return result(patch::slug(request.find("text")->as_string()));
  const Value& object = *request.find("object");
  const Value& patch = *request.find("patch");
  if (type == "merge") return result(patch::json_merge_patch(object, patch));
  if (type == "json") return result(patch::json_patch(object, patch));
  return result(patch::strategic_merge(object, patch));
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
  for (std::string line; std::getline(std::cin, line);) std::cout << doc::canonical_json(answer_line(line)) << '\n';
}
