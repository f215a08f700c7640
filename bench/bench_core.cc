// Does one thing many times in one process, for bench/patches.py:
//   bench_core patch OBJECT PATCH TIMES      JSON texts in, patched strategically, JSON text out
//   bench_core render TEMPLATE VALUES TIMES  a template that was parsed once
#include <cstdio>
#include <string>
#include <string_view>

#include "envtool/base/error.h"
#include "envtool/base/render.h"
#include "envtool/doc/json.h"
#include "envtool/doc/yaml.h"
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

std::size_t render_often(std::string text, std::string values, long times) {
  base::Sources sources;
  const tmpl::Template parsed = tmpl::Template::parse(sources.add("template", std::move(text)), {});
  const doc::Value variables = doc::read_yaml(sources.add("values", std::move(values)));
  std::size_t bytes = 0;
  for (long i = 0; i < times; ++i) bytes += parsed.render(variables.as_map()).size();
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  try {
    std::string first = sys::read_file(argv[2]);
    std::string second = sys::read_file(argv[3]);
    const long times = std::stol(argv[4]);
    const bool patches = std::string_view(argv[1]) == "patch";
    std::printf("%zu bytes\n", patches ? patch_often(first, second, times) : render_often(std::move(first), std::move(second), times));
    return 0;
  } catch (const base::Error& error) {
    std::fputs(base::render(error.diagnostics()).c_str(), stderr);
    return 1;
  }
}
