#include "envtool/doc/yaml_events.h"

#include <fmt/format.h>
#include <yaml.h>

#include <algorithm>
#include <new>
#include <string>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"

namespace doc {
namespace {

using base::Error;
using base::Source;
using base::Span;
using Kind = YamlEvent::Kind;
using Style = YamlEvent::Style;

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// Byte offsets of code points. Quick for places that are near to the one that was asked for before.
class Offsets {
 public:
  explicit Offsets(std::string_view text) : text_(text), ascii_(std::none_of(text.begin(), text.end(), continues_character)) {}

  std::size_t of(std::size_t code_point) {
    if (ascii_) return std::min(code_point, text_.size());
    while (code_point_ < code_point && at_ < text_.size()) {
      ++code_point_;
      do ++at_;
      while (at_ < text_.size() && continues_character(text_[at_]));
    }
    while (code_point_ > code_point) {
      --code_point_;
      do --at_;
      while (continues_character(text_[at_]));
    }
    return at_;
  }

 private:
  std::string_view text_;
  bool ascii_;
  std::size_t code_point_ = 0;
  std::size_t at_ = 0;
};

/// Where content begins: behind its anchor and its tag.
std::size_t skip_properties(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == '&' || text[at] == '!')) {
    const std::size_t end = std::min(text.find_first_of(" \t\r\n", at), text.size());
    at = std::min(text.find_first_not_of(" \t\r\n", end), text.size());
  }
  return at;
}

/// Whether the anchor and the tag before `end` are or end with a bare `!`, which libyaml doesn't tell.
bool has_bare_tag(std::string_view properties) {
  for (std::size_t at = properties.find('!'); at != std::string_view::npos; at = properties.find('!', at + 1)) {
    const bool starts = at == 0 || properties[at - 1] == ' ' || properties[at - 1] == '\t' || properties[at - 1] == '\n';
    const bool ends = at + 1 == properties.size() || std::string_view(" \t\r\n").find(properties[at + 1]) != std::string_view::npos;
    if (starts && ends) return true;
  }
  return false;
}

std::string_view text_of(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(text));
}

Style style_of(yaml_scalar_style_t style) {
  if (style == YAML_PLAIN_SCALAR_STYLE) return Style::plain;
  return style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE ? Style::block : Style::quoted;
}

// ---- errors --------------------------------------------------------------------------------------------------------

enum class Where { problem, context };

/// What libyaml says, what we say, and whether its place is where it saw the problem or where what has the problem begins.
struct Wording {
  std::string_view problem;
  std::string_view ours;
  Where where = Where::problem;
};

constexpr std::string_view kNoValue = "expected a value";

constexpr Wording kWordings[] = {
    {"did not find expected key", "expected a key of the map above: look at the indentation"},
    {"did not find expected '-' indicator", "expected an item of the list above or its end: look at the indentation"},
    {"did not find expected ',' or '}'", "expected `,` or `}`: is the `{` before this never closed?"},
    {"did not find expected ',' or ']'", "expected `,` or `]`: is the `[` before this never closed?"},
    {"did not find expected node content", kNoValue},
    {"did not find expected <document start>", "this does not belong to what stands above it"},
    {"mapping values are not allowed in this context", "`:` can't stand here: does the line above lack one, or this value quotes?"},
    {"block sequence entries are not allowed in this context", "`-` can't stand here: a list begins on a line of its own"},
    {"could not find expected ':'", "expected `:` behind this key", Where::context},
    {"found character that cannot start any token", "this character can't begin a value: does it lack quotes?"},
    {"found unexpected end of stream", "this quote is never closed", Where::context},
    {"found unexpected document indicator", "this quote is never closed", Where::context},
    {"found unknown escape character", "double quotes know no such escape: write `\\\\` for a backslash, or use single quotes"},
};

Wording wording_of(std::string_view problem) {
  const auto* found = std::find_if(std::begin(kWordings), std::end(kWordings), [&](const Wording& row) { return row.problem == problem; });
  return found == std::end(kWordings) ? Wording{problem, problem} : *found;
}

/// The tab that indents the line of a problem, if one does.
std::size_t indenting_tab(std::string_view text, std::size_t at) {
  const std::size_t begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
  const std::size_t first = text.find_first_not_of(' ', begin);
  return first < text.size() && text[first] == '\t' ? first : std::string_view::npos;
}

Span one_byte(const Source& source, std::size_t at) { return {&source, static_cast<std::uint32_t>(at), 1}; }

Error syntax_error(const Source& source, std::string_view problem, std::size_t problem_at, std::size_t context_at) {
  const std::size_t tab = indenting_tab(source.text, problem_at);
  if (tab != std::string_view::npos) return Error("a tab can't indent YAML: use spaces", one_byte(source, tab));
  Wording wording = wording_of(problem);
  const bool at_end = source.text.find_first_not_of(" \r\n", problem_at) == std::string::npos;
  if (wording.ours == kNoValue && at_end) wording.ours = "expected a value, found the end: is a bracket never closed?";
  return Error(fmt::format("not valid YAML: {}", wording.ours), one_byte(source, wording.where == Where::context ? context_at : problem_at));
}

}  // namespace

/// Owns libyaml's parser and the event that was made last.
class YamlEvents::Parser {
 public:
  explicit Parser(const Source& source)
      : source_(source), skipped_(source.text.size() - base::without_byte_order_mark(source.text).size()), offsets_(text()) {
    if (yaml_parser_initialize(&parser_) == 0) throw std::bad_alloc();
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text().data()), text().size());
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  ~Parser() {
    yaml_event_delete(&event_);
    yaml_parser_delete(&parser_);
  }

  YamlEvent next() {
    for (;;) {
      yaml_event_delete(&event_);
      if (yaml_parser_parse(&parser_, &event_) == 0) fail();
      if (event_.type != YAML_STREAM_START_EVENT && event_.type != YAML_DOCUMENT_START_EVENT) return translated();
    }
  }

 private:
  std::string_view text() const { return std::string_view(source_.text).substr(skipped_); }

  std::size_t offset(const yaml_mark_t& mark) { return skipped_ + offsets_.of(mark.index); }

  YamlEvent translated() {
    switch (event_.type) {
      case YAML_SCALAR_EVENT: return scalar();
      case YAML_ALIAS_EVENT: return node(Kind::alias, event_.data.alias.anchor, nullptr, nullptr);
      case YAML_SEQUENCE_START_EVENT:
        return node(Kind::list_start, nullptr, event_.data.sequence_start.anchor, event_.data.sequence_start.tag);
      case YAML_MAPPING_START_EVENT:
        return node(Kind::map_start, nullptr, event_.data.mapping_start.anchor, event_.data.mapping_start.tag);
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT: return node(Kind::collection_end, nullptr, nullptr, nullptr);
      case YAML_DOCUMENT_END_EVENT: return node(Kind::document_end, nullptr, nullptr, nullptr);
      default: return node(Kind::stream_end, nullptr, nullptr, nullptr);
    }
  }

  YamlEvent node(Kind kind, const yaml_char_t* text, const yaml_char_t* anchor, const yaml_char_t* tag) {
    const Span start = one_byte(source_, offset(event_.start_mark));
    return {kind, Style::plain, text_of(text), text_of(anchor), text_of(tag), start, start};
  }

  YamlEvent scalar() {
    const auto& data = event_.data.scalar;
    YamlEvent event = node(Kind::scalar, nullptr, data.anchor, data.tag);
    event.text = {reinterpret_cast<const char*>(data.value), data.length};
    event.style = style_of(data.style);
    const std::size_t begin = event.start.begin;
    const std::size_t end = std::max(begin, offset(event_.end_mark));
    const std::size_t at = std::min(skip_properties(source_.text, begin), end);
    if (has_bare_tag(std::string_view(source_.text).substr(begin, at - begin))) event.tag = "!";
    event.span.begin = static_cast<std::uint32_t>(at);
    if (event.style != Style::block) event.span.length = static_cast<std::uint32_t>(end - at);
    return event;
  }

  [[noreturn]] void fail() {
    if (parser_.error == YAML_MEMORY_ERROR) throw std::bad_alloc();
    if (parser_.error == YAML_READER_ERROR) {
      throw Error(fmt::format("the character U+{:04X} can't stand in YAML", static_cast<unsigned>(parser_.problem_value)),
                  one_byte(source_, skipped_ + parser_.problem_offset));
    }
    throw syntax_error(source_, parser_.problem, offset(parser_.problem_mark), offset(parser_.context_mark));
  }

  const Source& source_;
  std::size_t skipped_;
  Offsets offsets_;
  yaml_parser_t parser_{};
  yaml_event_t event_{};
};

YamlEvents::YamlEvents(const Source& source) : parser_(std::make_unique<Parser>(source)) {}
YamlEvents::~YamlEvents() = default;

YamlEvent YamlEvents::next() { return parser_->next(); }

}  // namespace doc
