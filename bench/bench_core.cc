// Does one thing many times in one process, for bench/patches.py:
//   bench_core patch OBJECT PATCH TIMES      JSON texts in, patched strategically, JSON text out
//   bench_core render TEMPLATES GIVEN TIMES  all templates of a folder, parsed once; GIVEN is {"values": ..., "functions": ...} in
//                                            JSON, where each function's name has what it returns
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "envtool/base/error.h"
#include "envtool/base/render.h"
#include "envtool/doc/json.h"
#include "envtool/patch/strategic.h"
#include "envtool/sys/file.h"
#include "envtool/tmpl/template.h"

namespace {

/// The bytes that came out, so that nothing is left out of the work.
std::size_t patch_often(const std::string& object, const std::string& patch, long times) {
  std::size_t bytes = 0;
  for (long i = 0; i < times; ++i) {
    bytes += doc::emit_json(patch::strategic_merge(doc::parse_json(object, "object"), doc::parse_json(patch, "patch"))).size();
  }
  return bytes;
}

std::vector<tmpl::Template> parse_all(const std::string& folder, base::Sources& sources) {
  std::vector<tmpl::Template> templates;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    templates.push_back(tmpl::Template::parse(sources.add(entry.path().native(), sys::read_file(entry.path()))));
  }
  return templates;
}

tmpl::Environment functions_of(const doc::Map& results) {
  tmpl::Environment functions;
  for (const doc::Entry& entry : results) {
    functions[entry.key] = [result = entry.value](const std::vector<doc::Value>&) { return result; };
  }
  return functions;
}

std::size_t render_often(const std::string& folder, const std::string& given, long times) {
  base::Sources sources;
  const std::vector<tmpl::Template> templates = parse_all(folder, sources);
  const doc::Value variables = doc::parse_json(given, "given");
  const tmpl::Environment functions = functions_of(variables.find("functions")->as_map());
  std::size_t bytes = 0;
  for (long i = 0; i < times; ++i) {
    for (const tmpl::Template& each : templates) bytes += each.render(variables.find("values")->as_map(), {}, functions).size();
  }
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  try {
    const std::string second = sys::read_file(argv[3]);
    const long times = std::stol(argv[4]);
    const bool patches = std::string_view(argv[1]) == "patch";
    std::printf("%zu bytes\n", patches ? patch_often(sys::read_file(argv[2]), second, times) : render_often(argv[2], second, times));
    return 0;
  } catch (const base::Error& error) {
    std::fputs(base::render(error.diagnostics()).c_str(), stderr);
    return 1;
  }
}
