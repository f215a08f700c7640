// Path patterns of `.containerignore` and `.dockerignore` files, as the patternmatcher module of moby reads them:
// Go's path.Match syntax plus `**`, rooted at the directory of the file. Knows no file system.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace archive {

/// One pattern: `*` and `?` stop at `/`, `**` doesn't, `[a-z]` and `[^a-z]` are classes, `\` escapes.
class Pattern {
 public:
  /// Throws base::Error for an unfinished class or escape.
  explicit Pattern(std::string_view text);

  /// Whether the whole path (parts separated by `/`, none at the ends) matches.
  bool matches(std::string_view path) const;
  /// False only if nothing below a directory matches.
  bool may_match_below(std::string_view directory) const;

 private:
  struct AnyRun {};     // `*`
  struct AnyOne {};     // `?`
  struct AnyDepth {};   // `**/`: nothing, or anything up to a `/`
  struct Everything {};  // `**` at the end
  struct Class {
    bool negated = false;
    std::vector<std::pair<char32_t, char32_t>> ranges;
    bool holds(char32_t point) const;
  };
  using Token = std::variant<std::string, AnyRun, AnyOne, AnyDepth, Everything, Class>;

  class Search;

  static Class parse_class(std::string_view text, std::size_t& at);
  void add_literal(std::string_view text);
  std::size_t parse_star(std::string_view text, std::size_t at);

  std::vector<Token> tokens_;
};

/// The list that an ignore file holds. A path is ignored when the last line that matches it, or a directory
/// above it, has no `!`. One difference to moby: it takes `!../x` for a pattern without `!`; here it is an exception.
class IgnoreList {
 public:
  /// For each pattern, whether it matches a path or a directory above it.
  using Marks = std::vector<bool>;

  IgnoreList() = default;
  /// From the text of an ignore file: `#` comments, blank lines, `!` exceptions, leading slashes dropped.
  /// Throws base::Error that names the line.
  static IgnoreList parse(std::string_view text);

  /// Adds one line, comment or not a comment as in a file.
  void add(std::string_view line);
  /// Adds the lines of another list; they have the last word.
  void append(const IgnoreList& later);

  bool ignores(std::string_view path) const;
  /// The same for a walk from the top: `marks` are those of the parent and become those of `path`.
  bool ignores(std::string_view path, Marks& marks) const;

  bool empty() const { return lines_.empty(); }
  /// Whether something below a directory that is ignored may be wanted after all; `marks` are those of the directory.
  bool may_want_below(std::string_view directory, const Marks& marks) const;

 private:
  struct Line {
    Pattern pattern;
    bool exception = false;
  };
  std::vector<Line> lines_;
};

/// What a build context leaves out unless its ignore file asks for it with `!`: the repository's own `.git`
/// and files named like private keys.
IgnoreList context_defaults();

}  // namespace archive
