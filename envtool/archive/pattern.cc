#include "envtool/archive/pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"

namespace archive {
namespace {

/// Takes one code point off the front; a byte that is not UTF-8 stands for itself.
char32_t take_code_point(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  const std::size_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (length == 1 || !base::is_utf8(text.substr(0, length))) {
    text.remove_prefix(1);
    return lead;
  }
  char32_t point = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) point = (point << 6) | (byte(i) & 0x3FU);
  text.remove_prefix(length);
  return point;
}

/// Go's path.Clean, a leading slash dropped: no empty and no `.` parts, `..` resolved where it can be. Above the root
/// is the root.
std::string clean(std::string_view path) {
  const bool rooted = path.starts_with('/');
  std::vector<std::string> kept;
  for (const std::string& part : base::split(path, '/')) {
    if (part.empty() || part == ".") continue;
    const bool up = part == ".." && !kept.empty() && kept.back() != "..";
    if (up) kept.pop_back();
    if (up || (part == ".." && rooted)) continue;
    kept.push_back(part);
  }
  return kept.empty() ? "." : base::join(kept, "/");
}

[[noreturn]] void throw_unfinished(std::string_view text, std::string_view what) {
  throw base::Error(fmt::format("unfinished {} in pattern `{}`", what, text));
}

}  // namespace

Pattern::Pattern(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '*') {
      at = parse_star(text, at);
    } else if (c == '?') {
      tokens_.emplace_back(AnyOne{});
      ++at;
    } else if (c == '[') {
      tokens_.emplace_back(parse_class(text, at));
    } else {
      if (c == '\\' && ++at == text.size()) throw_unfinished(text, "escape");
      add_literal(text.substr(at++, 1));
    }
  }
}

void Pattern::add_literal(std::string_view text) {
  if (tokens_.empty() || !std::holds_alternative<std::string>(tokens_.back())) tokens_.emplace_back(std::string());
  std::get<std::string>(tokens_.back()) += text;
}

/// Reads `*`, `**` or `**/` and returns the place after it.
std::size_t Pattern::parse_star(std::string_view text, std::size_t at) {
  if (!text.substr(at).starts_with("**")) {
    tokens_.emplace_back(AnyRun{});
    return at + 1;
  }
  at += 2;
  if (text.substr(at).starts_with("/")) ++at;
  if (at == text.size()) {
    tokens_.emplace_back(Everything{});
  } else if (tokens_.empty() || !std::holds_alternative<AnyDepth>(tokens_.back())) {
    tokens_.emplace_back(AnyDepth{});
  }
  return at;
}

/// Reads `[...]`; `at` moves past it.
Pattern::Class Pattern::parse_class(std::string_view text, std::size_t& at) {
  Class result;
  std::string_view rest = text.substr(at + 1);
  if (rest.starts_with('^')) {
    result.negated = true;
    rest.remove_prefix(1);
  }
  const auto take = [&] {
    if (rest.starts_with('\\')) rest.remove_prefix(1);
    if (rest.empty() || rest.front() == '-') throw_unfinished(text, "class");
    return take_code_point(rest);
  };
  while (result.ranges.empty() || !rest.starts_with(']')) {
    if (rest.empty() || rest.front() == ']') throw_unfinished(text, "class");
    const char32_t low = take();
    char32_t high = low;
    if (rest.starts_with('-')) {
      rest.remove_prefix(1);
      high = take();
    }
    result.ranges.emplace_back(low, high);
  }
  at = text.size() - rest.size() + 1;
  return result;
}

/// One path held against a pattern. Each pair of token and place is tried once, so that no pattern takes exponential time.
class Pattern::Search {
 public:
  Search(const std::vector<Token>& tokens, std::string_view path)
      : tokens_(tokens), path_(path), tried_(tokens.size() * (path.size() + 1)) {}

  /// Whether the tokens from one on match the whole path from a place on.
  bool matches(std::size_t token, std::size_t at) {
    for (; token < tokens_.size(); ++token) {
      const Token& current = tokens_[token];
      if (std::holds_alternative<Everything>(current)) return true;
      if (std::holds_alternative<AnyRun>(current)) return matches_behind_run(token, at);
      if (std::holds_alternative<AnyDepth>(current)) return matches_behind_depth(token, at);
      const std::optional<std::size_t> length = length_of(current, path_.substr(at));
      if (!length) return false;
      at += *length;
    }
    return at == path_.size();
  }

 private:
  bool matches_behind_run(std::size_t token, std::size_t at) {
    for (; !tried(token, at); ++at) {
      if (matches(token + 1, at)) return true;
      if (at == path_.size() || path_[at] == '/') return false;
    }
    return false;
  }

  bool matches_behind_depth(std::size_t token, std::size_t at) {
    while (!tried(token, at)) {
      if (matches(token + 1, at)) return true;
      const std::size_t slash = path_.find('/', at);
      if (slash == std::string_view::npos) return false;
      at = slash + 1;
    }
    return false;
  }

  /// Notes that what follows a token was looked for from a place on; whatever was tried before was in vain.
  bool tried(std::size_t token, std::size_t at) {
    const std::size_t index = token * (path_.size() + 1) + at;
    const bool before = tried_[index];
    tried_[index] = true;
    return before;
  }

  /// How much of a text a literal, a class or a `?` takes, if it takes any.
  static std::optional<std::size_t> length_of(const Token& token, std::string_view text) {
    if (const auto* literal = std::get_if<std::string>(&token)) {
      return text.starts_with(*literal) ? std::optional(literal->size()) : std::nullopt;
    }
    if (text.empty()) return std::nullopt;
    std::string_view rest = text;
    const char32_t point = take_code_point(rest);
    const auto* one_of = std::get_if<Class>(&token);
    const bool fits = one_of != nullptr ? one_of->holds(point) : point != '/';
    return fits ? std::optional(text.size() - rest.size()) : std::nullopt;
  }

  const std::vector<Token>& tokens_;
  std::string_view path_;
  std::vector<bool> tried_;
};

bool Pattern::Class::holds(char32_t point) const {
  const bool inside = std::any_of(ranges.begin(), ranges.end(), [&](const auto& r) { return r.first <= point && point <= r.second; });
  return inside != negated;
}

/// Most patterns end with a literal, and most paths don't end with it.
bool Pattern::matches(std::string_view path) const {
  const auto* ending = tokens_.empty() ? nullptr : std::get_if<std::string>(&tokens_.back());
  return (ending == nullptr || path.ends_with(*ending)) && Search(tokens_, path).matches(0, 0);
}

bool Pattern::may_match_below(std::string_view directory) const {
  const auto* beginning = tokens_.empty() ? nullptr : std::get_if<std::string>(&tokens_.front());
  if (beginning == nullptr) return !tokens_.empty();
  const std::string below = std::string(directory) + '/';
  return beginning->starts_with(below) || (tokens_.size() > 1 && below.starts_with(*beginning));
}

IgnoreList IgnoreList::parse(std::string_view text) {
  IgnoreList list;
  int number = 0;
  for (const std::string& line : base::split(base::without_byte_order_mark(text), '\n')) {
    base::with_context(fmt::format("reading line {} of the ignore file", ++number), [&] { list.add(line); });
  }
  return list;
}

void IgnoreList::add(std::string_view line) {
  if (line.starts_with('#')) return;
  std::string_view text = base::trim(line);
  const bool exception = text.starts_with('!');
  if (exception) text = base::trim(text.substr(1));
  if (text.empty() && exception) throw base::Error("`!` stands alone, expected a pattern after it");
  if (text.empty()) return;
  lines_.push_back({Pattern(clean(text)), exception});
}

void IgnoreList::append(const IgnoreList& later) {
  lines_.insert(lines_.end(), later.lines_.begin(), later.lines_.end());
}

bool IgnoreList::ignores(std::string_view path) const {
  Marks marks;
  for (std::size_t end = path.find('/'); end != std::string_view::npos; end = path.find('/', end + 1)) {
    ignores(path.substr(0, end), marks);
  }
  return ignores(path, marks);
}

bool IgnoreList::ignores(std::string_view path, Marks& marks) const {
  marks.resize(lines_.size());
  bool ignored = false;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (!marks[i] && lines_[i].pattern.matches(path)) marks[i] = true;
    if (marks[i]) ignored = !lines_[i].exception;
  }
  return ignored;
}

bool IgnoreList::may_want_below(std::string_view directory, const Marks& marks) const {
  for (std::size_t i = lines_.size(); i-- > 0 && !marks[i];) {
    if (lines_[i].exception && lines_[i].pattern.may_match_below(directory)) return true;
  }
  return false;
}

IgnoreList context_defaults() {
  IgnoreList list;
  for (const char* line : {".git", "**/id_rsa", "**/id_dsa", "**/id_ecdsa", "**/id_ed25519", "**/ssh_*_key",
                           "**/*key.pem", "**/*.key"}) {
    list.add(line);
  }
  return list;
}

}  // namespace archive
