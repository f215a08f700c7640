#include "envtool/doc/layout.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "envtool/base/strings.h"

namespace doc {
namespace {

using base::Error;
using base::Source;

constexpr std::string_view kBlanks = " \t";

/// A map or a list without brackets that is open at a line: where it stands and where it will.
struct Block {
  enum class Kind { map, list };
  Kind kind;
  std::size_t old_column;
  std::size_t new_column;
};

/// Where what is inside a block has to stand; the document itself is around all blocks.
struct Inside {
  std::size_t least_old = 0;  ///< the first column that is inside
  std::size_t new_column = 0;
};

std::string_view trim_end(std::string_view line) { return line.substr(0, line.find_last_not_of(kBlanks) + 1); }

std::size_t indent_of(std::string_view line) { return std::min(line.find_first_not_of(' '), line.size()); }

bool is_blank(std::string_view line) { return line.find_first_not_of(kBlanks) == std::string_view::npos; }

bool is_comment(std::string_view line) {
  const std::size_t at = line.find_first_not_of(kBlanks);
  return at != std::string_view::npos && line[at] == '#';
}

bool ends_word(std::string_view text, std::size_t at) { return at >= text.size() || text[at] == ' ' || text[at] == '\t' || text[at] == '\n'; }

/// `---`, `...` or a directive.
bool is_marker(std::string_view line) {
  return line.starts_with('%') || ((line.starts_with("---") || line.starts_with("...")) && ends_word(line, 3));
}

std::size_t skip_blanks(std::string_view text, std::size_t at) { return std::min(text.find_first_not_of(kBlanks, at), text.size()); }

/// Behind anchors and tags on this line.
std::size_t skip_properties(std::string_view line, std::size_t at) {
  while (at < line.size() && (line[at] == '&' || line[at] == '!')) {
    at = skip_blanks(line, std::min(line.find_first_of(kBlanks, at), line.size()));
  }
  return at;
}

/// The end of a quoted scalar that begins at `at`.
std::size_t skip_quoted(std::string_view text, std::size_t at) {
  const char quote = text[at++];
  for (; at < text.size(); ++at) {
    const bool doubled = quote == '\'' && text.substr(at).starts_with("''");
    if (doubled || (quote == '"' && text[at] == '\\')) {
      ++at;
    } else if (text[at] == quote) {
      return at + 1;
    }
  }
  return text.size();
}

/// The end of what stands in brackets from `at` on. Quotes begin a scalar only where one can begin.
std::size_t skip_brackets(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  bool may_quote = true;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    const bool after_blank = at > 0 && (text[at - 1] == '\n' || kBlanks.find(text[at - 1]) != std::string_view::npos);
    if (c == '#' && after_blank) {
      at = std::min(text.find('\n', at), text.size() - 1);
    } else if ((c == '"' || c == '\'') && may_quote) {
      at = skip_quoted(text, at) - 1;
      may_quote = false;
    } else if (c == '[' || c == '{') {
      ++depth;
      may_quote = true;
    } else if ((c == ']' || c == '}') && --depth == 0) {
      return at + 1;
    } else if (c != '\n' && kBlanks.find(c) == std::string_view::npos) {
      may_quote = c == ',' || c == ':';
    }
  }
  return text.size();
}

/// The colon behind the key that begins at `at`, if one does.
std::optional<std::size_t> colon_of_key(std::string_view line, std::size_t at) {
  std::size_t from = skip_properties(line, at);
  if (from >= line.size() || std::string_view("[{|>").find(line[from]) != std::string_view::npos) return std::nullopt;
  if (line[from] == '"' || line[from] == '\'') {
    from = skip_blanks(line, skip_quoted(line, from));
    return from < line.size() && line[from] == ':' && ends_word(line, from + 1) ? std::optional(from) : std::nullopt;
  }
  for (; from < line.size(); ++from) {
    if (line[from] == '#' && from > 0 && ends_word(line, from - 1)) return std::nullopt;
    if (line[from] == ':' && ends_word(line, from + 1)) return from;
  }
  return std::nullopt;
}

/// What `|2-` says.
struct BlockHeader {
  std::size_t indent = 0;  ///< of the text, counted from its parent; 0: that of its first line
  bool keeps_end = false;
};

BlockHeader parse_header(std::string_view header) {
  BlockHeader out;
  for (const char c : header.substr(1, header.find_first_of(kBlanks) - 1)) {
    if (c == '+') out.keeps_end = true;
    if (c >= '1' && c <= '9') out.indent = static_cast<std::size_t>(c - '0');
  }
  return out;
}

/// Goes through the lines once. `at_` is the next line that was not written yet.
class Layout {
 public:
  explicit Layout(const Source& source) : source_(source), text_(plain_text(source.text)) {
    for (std::string_view rest = text_; !rest.empty();) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      lines_.push_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }

  std::string run() {
    while (at_ < lines_.size()) {
      if (is_blank(lines_[at_])) {
        blank_before_ = true;
        ++at_;
      } else if (is_comment(lines_[at_])) {
        comments_.push_back({lines_[at_++], std::exchange(blank_before_, false)});
      } else if (is_marker(lines_[at_])) {
        write_marker();
      } else {
        write_line();
      }
    }
    write_comments(std::nullopt);
    if (ends_in_block_text_ && !text_.ends_with('\n')) out_.pop_back();
    return std::move(out_);
  }

 private:
  struct Comment {
    std::string_view line;
    bool blank_before;
  };

  static std::string plain_text(std::string_view text) {
    std::string out(base::without_byte_order_mark(text));
    for (std::size_t at = out.find('\r'); at != std::string::npos; at = out.find('\r', at)) {
      out.substr(at, 2) == "\r\n" ? out.erase(at, 1) : out.replace(at, 1, "\n");
    }
    return out;
  }

  // ---- writing

  void put(std::size_t column, std::string_view text) {
    if (!text.empty()) out_.append(column, ' ');
    out_ += text;
    out_ += '\n';
    ends_in_block_text_ = false;
  }

  /// One blank line where some were, but not at the top.
  void put_blank(bool wanted) {
    if (wanted && !out_.empty()) put(0, "");
  }

  void write_comments(std::optional<Block> next) {
    for (const Comment& comment : std::exchange(comments_, {})) {
      put_blank(comment.blank_before);
      const std::size_t column = indent_of(comment.line);
      put(next && next->old_column == column ? next->new_column : column_of_comment(column), trim_end(comment.line.substr(column)));
    }
  }

  /// That of the innermost block which it is not in front of.
  std::size_t column_of_comment(std::size_t old_column) const {
    const auto block = std::find_if(blocks_.rbegin(), blocks_.rend(), [&](const Block& open) { return open.old_column <= old_column; });
    return block == blocks_.rend() ? 0 : block->new_column;
  }

  /// Comments and blank lines in front of a line, which begins at `line`.
  void write_what_is_before(Block line, std::vector<Block> open_before) {
    std::swap(blocks_, open_before);
    write_comments(line);
    std::swap(blocks_, open_before);
    put_blank(std::exchange(blank_before_, false));
  }

  // ---- lines

  void write_marker() {
    const std::string_view line = lines_[at_];
    write_comments(std::nullopt);
    put_blank(std::exchange(blank_before_, false));
    blocks_.clear();
    const bool has_content = line.starts_with("---") && skip_blanks(line, 3) < line.size();
    if (has_content) return write_value(std::string(line.substr(0, 3)) + " ", 0, skip_blanks(line, 3));
    put(0, trim_end(line));
    ++at_;
  }

  /// A line of items, a key or a scalar, as far as it was taken apart.
  struct Line {
    std::string_view old_text;
    std::size_t at;                     ///< what was not written yet
    std::optional<std::size_t> column;  ///< where it has to begin
    std::string text;
  };

  void write_line() {
    const std::vector<Block> open_before = blocks_;
    const std::size_t old_column = indent_of(lines_[at_]);
    Line line{lines_[at_], old_column, {}, {}};
    take_dashes(line);
    refuse_explicit_key(line.old_text, line.at);
    if (const auto colon = colon_of_key(line.old_text, line.at)) take_key(line, *colon);
    if (!line.column) {
      leave(line.at);
      line.column = inside().new_column;
    }
    write_what_is_before({Block::Kind::map, old_column, *line.column}, open_before);
    write_value(std::move(line.text), *line.column, line.at);
  }

  void take_dashes(Line& line) {
    while (line.at < line.old_text.size() && line.old_text[line.at] == '-' && ends_word(line.old_text, line.at + 1)) {
      const Block& list = enter(Block::Kind::list, line.at);
      if (!line.column) line.column = list.new_column;
      line.text += "- ";
      line.at = skip_blanks(line.old_text, line.at + 1);
    }
  }

  /// A comment behind the colon keeps its distance.
  void take_key(Line& line, std::size_t colon) {
    const Block& map = enter(Block::Kind::map, line.at);
    if (!line.column) line.column = map.new_column;
    line.text += trim_end(line.old_text.substr(line.at, colon - line.at));
    line.text += ':';
    line.at = skip_blanks(line.old_text, colon + 1);
    const bool comment = line.at < line.old_text.size() && line.old_text[line.at] == '#';
    line.text += comment ? line.old_text.substr(colon + 1, line.at - colon - 1) : " ";
  }

  void refuse_explicit_key(std::string_view line, std::size_t at) const {
    if (at >= line.size() || line[at] != '?' || !ends_word(line, at + 1)) return;
    const auto offset = static_cast<std::uint32_t>(line.data() - text_.data() + static_cast<std::ptrdiff_t>(at));
    throw Error("keys after `? ` can't be laid out", text_ == source_.text ? base::Span{&source_, offset, 1} : base::Span{});
  }

  // ---- blocks

  void leave(std::size_t column) {
    while (!blocks_.empty() && blocks_.back().old_column >= column) blocks_.pop_back();
  }

  /// The block whose item or key stands at a column: one that is open, or a new one. A list may stand at its map's column.
  const Block& enter(Block::Kind kind, std::size_t column) {
    while (!blocks_.empty() && blocks_.back().old_column > column) blocks_.pop_back();
    const bool list_has_ended = kind == Block::Kind::map && !blocks_.empty() && blocks_.back().kind == Block::Kind::list &&
                                blocks_.back().old_column == column;
    if (list_has_ended) blocks_.pop_back();
    if (!blocks_.empty() && blocks_.back().kind == kind && blocks_.back().old_column == column) return blocks_.back();
    const bool below_map = kind == Block::Kind::list && !blocks_.empty() && blocks_.back().kind == Block::Kind::map;
    const std::size_t new_column = below_map ? blocks_.back().new_column : inside().new_column;
    return blocks_.emplace_back(Block{kind, column, new_column});
  }

  Inside inside() const {
    if (blocks_.empty()) return {};
    return {blocks_.back().old_column + 1, blocks_.back().new_column + 2};
  }

  /// Where a scalar goes on that fills several lines.
  std::size_t continued() const { return blocks_.empty() ? 2 : inside().new_column; }

  /// A column that keeps its distance to the block around it.
  std::size_t shifted(std::size_t old_column) const {
    if (blocks_.empty()) return old_column;
    return blocks_.back().new_column + old_column - std::min(old_column, blocks_.back().old_column);
  }

  // ---- values

  /// Ends a line with the value that begins at `at`, and writes the lines that the value goes on for.
  void write_value(std::string before, std::size_t column, std::size_t at) {
    const std::string_view line = lines_[at_++];
    const std::size_t content = skip_properties(line, at);
    const char first = content < line.size() ? line[content] : '#';
    const bool quoted = first == '"' || first == '\'';
    const auto offset = static_cast<std::size_t>(line.data() - text_.data()) + content;
    put(column, trim_end(before += quoted ? trim_quoted(line.substr(at)) : trim_end(line.substr(at))));
    if (first == '#') return;
    if (first == '|' || first == '>') return write_block_text(parse_header(line.substr(content)));
    if (quoted) return write_rest_of_quoted(skip_quoted(text_, offset));
    if (first == '[' || first == '{') return write_rest_of_brackets(skip_brackets(text_, offset));
    write_rest_of_plain(line.find(" #") != std::string_view::npos);
  }

  bool begins_before(std::size_t line, std::size_t offset) const {
    return line < lines_.size() && static_cast<std::size_t>(lines_[line].data() - text_.data()) < offset;
  }

  void write_rest_of_quoted(std::size_t end) {
    for (; begins_before(at_, end); ++at_) put(continued(), trim_quoted(lines_[at_].substr(skip_blanks(lines_[at_], 0))));
  }

  /// A blank at the end of a line stays behind a backslash.
  static std::string_view trim_quoted(std::string_view line) {
    const std::string_view trimmed = trim_end(line);
    return trimmed.ends_with('\\') ? line.substr(0, std::min(trimmed.size() + 1, line.size())) : trimmed;
  }

  void write_rest_of_brackets(std::size_t end) {
    for (; begins_before(at_, end); ++at_) {
      const std::size_t column = indent_of(lines_[at_]);
      put(shifted(column), trim_end(lines_[at_].substr(column)));
    }
  }

  /// Nothing but its indentation tells that a plain scalar goes on; behind a comment none does.
  void write_rest_of_plain(bool has_comment) {
    while (!has_comment) {
      std::size_t next = at_;
      while (next < lines_.size() && is_blank(lines_[next])) ++next;
      if (next == lines_.size() || is_comment(lines_[next]) || is_marker(lines_[next])) return;
      if (indent_of(lines_[next]) < inside().least_old) return;
      for (; at_ < next; ++at_) put(0, "");
      has_comment = lines_[at_].find(" #") != std::string_view::npos;
      put(continued(), trim_end(lines_[at_].substr(indent_of(lines_[at_]))));
      ++at_;
    }
  }

  void write_block_text(const BlockHeader& header) {
    const std::size_t parent = blocks_.empty() ? 0 : blocks_.back().old_column;
    const std::size_t old_column = header.indent != 0 ? parent + header.indent : column_of_text(inside());
    const std::size_t new_column = header.indent != 0 ? shifted(old_column) : continued();
    std::size_t blanks = 0;
    const auto write_blanks = [&] {
      for (; blanks > 0; --blanks, ++at_) put(0, "");
    };
    for (std::size_t next = at_; next < lines_.size(); ++next) {
      const std::string_view line = lines_[next];
      const bool has_text = line.size() > old_column && indent_of(line) >= old_column;
      if (has_text ? old_column == 0 && is_marker(line) : !is_blank(line)) break;
      if (!has_text) {
        ++blanks;
        continue;
      }
      write_blanks();
      put(new_column, line.substr(old_column));
      ++at_;
    }
    if (header.keeps_end) write_blanks();
    ends_in_block_text_ = true;
  }

  /// The column of the first line of a block's text; far away if there is no text.
  std::size_t column_of_text(const Inside& place) const {
    for (std::size_t next = at_; next < lines_.size(); ++next) {
      if (is_blank(lines_[next])) continue;
      const std::size_t column = indent_of(lines_[next]);
      return column < place.least_old ? std::string_view::npos : column;
    }
    return std::string_view::npos;
  }

  const Source& source_;
  std::string text_;
  std::vector<std::string_view> lines_;
  std::size_t at_ = 0;
  std::vector<Block> blocks_;
  std::vector<Comment> comments_;
  bool blank_before_ = false;
  bool ends_in_block_text_ = false;
  std::string out_;
};

std::string without_white_space(std::string_view text) {
  std::string out(base::without_byte_order_mark(text));
  std::erase_if(out, [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; });
  return out;
}

/// What a text says, in a form in which not-a-number equals itself.
std::string content_of(const Source& source, const ReadLimits& limits) { return emit_yaml(read_yaml_all(source, limits)); }

bool says_the_same(const Source& source, const std::string& result, const std::string& content, const ReadLimits& limits) {
  if (without_white_space(source.text) != without_white_space(result)) return false;
  try {
    return content_of(Source("", result), limits) == content;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

std::string lay_out_yaml(const Source& source, const ReadLimits& limits) {
  const std::string content = content_of(source, limits);
  std::string result = Layout(source).run();
  if (says_the_same(source, result, content, limits)) return result;
  throw Error("can't lay this out without changing what it says", {&source, 0, 1});
}

}  // namespace doc
