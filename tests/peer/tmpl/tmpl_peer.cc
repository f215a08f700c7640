// Renders templates in bulk: one JSON object per line in ({"template", "context", "options"}), one per line
// out
// ({"ok": text} or {"error": message, "at": place}). Knows nothing of Jinja2; test_jinja2.py compares.
#include <exception>
#include <iostream>
#include <string>

#include "envtool/base/error.h"
#include "envtool/base/source.h"
#include "envtool/doc/json.h"
#include "envtool/tmpl/template.h"

namespace {

bool flag(const doc::Value& options, std::string_view name) {
  const doc::Value* value = options.find(name);
  return value != nullptr && value->as_bool();
}

tmpl::Options to_options(const doc::Value& options) {
  return {flag(options, "strict") ? tmpl::Undefined::strict : tmpl::Undefined::lenient,
          flag(options, "trim_blocks") ? tmpl::TrimBlocks::yes : tmpl::TrimBlocks::no,
          flag(options, "lstrip_blocks") ? tmpl::LstripBlocks::yes : tmpl::LstripBlocks::no,
          flag(options, "keep_trailing_newline") ? tmpl::TrailingNewline::keep : tmpl::TrailingNewline::drop};
}

doc::Value answer(const std::string& line) {
  const doc::Value request = doc::parse_json(line, "<stdin>");
  const base::Source source{"template", request.find("template")->as_string()};
  try {
    const std::string text =
        tmpl::render(source, request.find("context")->as_map(), to_options(*request.find("options")));
    return doc::make_map({{"ok", text}});
  } catch (const base::Error& error) {
    const base::Diagnostic& first = error.diagnostics().front();
    return doc::make_map({{"error", first.message}, {"at", base::to_string(first.span)}});
  }
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) std::cout << doc::emit_json(answer(line)) << '\n';
  return 0;
}
