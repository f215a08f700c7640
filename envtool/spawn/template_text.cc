#include "envtool/spawn/template_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "envtool/doc/yaml.h"

namespace spawn {
namespace {

/// Calls `use` with each line, without its newline.
template <typename Use>
void for_each_line(std::string_view text, const Use& use) {
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    use(text.substr(begin, end - begin));
    begin = end + 1;
  }
}

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t") == std::string_view::npos; }

/// The blanks that all lines with anything else in them begin with.
std::string_view margin_of(std::string_view text) {
  std::optional<std::string_view> margin;
  for_each_line(text, [&](std::string_view line) {
    if (is_blank(line)) return;
    const std::string_view blanks = line.substr(0, line.find_first_not_of(" \t"));
    if (!margin) margin = blanks;
    const auto differ = std::mismatch(margin->begin(), margin->end(), blanks.begin(), blanks.end());
    margin = margin->substr(0, static_cast<std::size_t>(differ.first - margin->begin()));
  });
  return margin.value_or("");
}

std::size_t blanks_of_first_line(std::string_view text) {
  std::size_t blanks = 0;
  bool found = false;
  for_each_line(text, [&](std::string_view line) {
    if (found || is_blank(line)) return;
    found = true;
    blanks = line.find_first_not_of(' ');
  });
  return blanks;
}

/// The beginning of the line that is `count` lines behind the one that begins at `at`.
std::size_t skip_lines(std::string_view text, std::size_t at, int count) {
  for (; count > 0 && at < text.size(); --count) at = std::min(text.find('\n', at), text.size() - 1) + 1;
  return at;
}

/// A span of the dedented text as one of the file. All of the string if it isn't a literal block.
base::Span in_file(const TemplateText& text, const base::Span& span, const std::string& dedented) {
  const std::string_view file = text.span.source->text;
  if (text.span.begin >= file.size() || file[text.span.begin] != '|') return text.span;
  const std::size_t block = skip_lines(file, text.span.begin, 1);
  const std::size_t indent = blanks_of_first_line(file.substr(block)) - blanks_of_first_line(text.text);
  const base::Position place = base::position_of(dedented, span.begin);
  const std::size_t line_start = span.begin == 0 ? 0 : dedented.rfind('\n', span.begin - 1) + 1;
  const std::size_t line = skip_lines(file, block, place.line - 1);
  const std::size_t end = std::min(file.find('\n', line), file.size());
  const std::size_t begin = std::min(line + indent + margin_of(text.text).size() + (span.begin - line_start), end);
  const std::size_t length = std::min<std::size_t>(span.length, end - begin);
  return {text.span.source, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(length)};
}

[[noreturn]] void rethrow_in_file(const base::Error& error, const TemplateText& text, const base::Source& source) {
  std::vector<base::Diagnostic> diagnostics = error.diagnostics();
  for (base::Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.span.source == &source && text.span) diagnostic.span = in_file(text, diagnostic.span, source.text);
    if (!diagnostic.span) diagnostic.span = text.span;
  }
  throw base::Error(std::move(diagnostics));
}

/// Names the rendered text in messages, in front of the line and the column there.
std::string rendered_name(const TemplateText& text) {
  const std::string place = base::to_string(text.span);
  return place.empty() ? text.name + ", rendered" : fmt::format("{} at {}, rendered", text.name, place);
}

}  // namespace

TemplateText template_of(std::string name, const doc::Value& text) { return {std::move(name), text.as_string(), text.span()}; }

std::string dedent(std::string_view text) {
  const std::size_t margin = margin_of(text).size();
  std::string dedented;
  for_each_line(text, [&](std::string_view line) {
    if (!is_blank(line)) dedented += line.substr(margin);
    dedented += '\n';
  });
  dedented.pop_back();
  return dedented;
}

std::string render_text(const TemplateText& text, const Variables& variables, base::Sources& sources) {
  const base::Source& source = sources.add(text.name, dedent(text.text));
  tmpl::Options options;
  options.wide_characters = tmpl::WideCharacters::bare;
  try {
    return tmpl::Template::parse(source, options).render(variables.values, {}, variables.functions);
  } catch (const base::Error& error) {
    rethrow_in_file(error, text, source);
  }
}

std::vector<doc::Value> render_documents(const TemplateText& text, const Variables& variables, base::Sources& sources) {
  std::string rendered = render_text(text, variables, sources);
  return doc::read_yaml_all(sources.add(rendered_name(text), std::move(rendered)));
}

}  // namespace spawn
