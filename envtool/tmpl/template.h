// Templates in Jinja2's language, for the text of manifests.
// Knows nothing of YAML, files, processes or the environment.
//
// What is in. The reference is Jinja2 3.1 itself, with which tests/peer/tmpl compares.
//
//   output        {{ expression }}, {# comment #}, {% raw %}, {% print a, b %}
//   whitespace    `-` and `+` at either end of a tag, trim_blocks, lstrip_blocks, keep_trailing_newline
//   statements    if/elif/else, for/else with `if`, `recursive` and unpacking, set, block set with filters,
//                 with, macro (defaults, varargs, kwargs, caller), call, filter; scopes are Jinja2's
//   loop          index index0 revindex revindex0 first last length depth depth0 previtem nextitem
//                 cycle() changed(), loop() in recursive loops
//   literals      strings with Python's escapes, integers (0x 0o 0b, `_`), floats, lists, tuples, dicts,
//                 true, false, none
//   operators     and or not, in, not in, is, is not, == != < <= > >= in chains, + - * / // % **, ~, |,
//                 x if y else z
//   access        a.b a['b'] a[0] a[1:2:3]; after a dot attributes win over items, in brackets items win
//   functions     range dict namespace cycler joiner, and those of the Environment
//   str methods   capitalize casefold center count endswith expandtabs find format index isalnum isalpha
//                 isascii isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle
//                 isupper join ljust lower lstrip partition removeprefix removesuffix replace rfind rindex
//                 rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title upper
//                 zfill
//   list methods  append clear copy count extend index insert pop remove reverse sort
//   dict methods  clear copy get items keys pop popitem setdefault update values
//   filters       abs attr batch capitalize center count d default dictsort e escape filesizeformat first
//                 float forceescape format groupby indent int items join last length list lower map max
//                 min pprint reject rejectattr replace reverse round safe select selectattr slice sort
//                 string striptags sum title tojson trim truncate unique upper urlencode wordcount
//                 wordwrap xmlattr
//   tests         all of Jinja2's
//
// Deliberate differences. What is refused is an error with its place, never other output.
//
//   include, import, from,     refused: a template is one text
//     extends, block
//   autoescape                 refused: nothing is escaped on its own
//   do, break, continue,       refused: extensions, off in Jinja2 too
//     trans, debug
//   random, lipsum             refused: the same input gives the same output
//   urlize                     refused
//   pprint                     refused for what needs more than one line
//   striptags                  refuses named entities other than amp, lt, gt, quot, apos and nbsp
//   unknown filters and tests  refused when parsed, also in a branch that is never taken
//   `{#`, `{% raw %}` at the   refused; Jinja2 ignores the missing end
//     very end
//   undefined constants        an error where they are reached; Jinja2's StrictUndefined refuses some of them (`{}['a'] and b`)
//                              when it compiles, also in a branch that is never taken
//   `5[1:]`, `a[]`             refused; Jinja2 finds them undefined
//   macros kept beyond their   see the loop's last item, where Jinja2 prints `missing`
//     loop
//   integers                   64 bits; a result beyond them is refused
//   `__names__`                refused, and so are Python's methods and attributes that aren't listed above
//   variables of the caller    read-only: `append` and its like need a copy first (`x|list`, `dict(x)`)
//   generators, functions,     can't be printed, where Python prints an address
//     macros' methods
//   views of dicts             can't be compared with each other
//   case of letters            mapped for ASCII, Latin-1, Latin Extended-A, Greek and Cyrillic; refused for
//                              letters beyond these and for those that become several (`ß`)
//   isalpha and its like       the same letters, kana, Hangul, CJK and Hebrew; digits are 0 to 9
//   names in templates         ASCII
//   `%a`, `\N{...}`, lone surrogates, complex numbers, precisions over 1000, a printed list that contains
//   itself:
//                              refused
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "envtool/base/error.h"
#include "envtool/base/source.h"
#include "envtool/doc/value.h"

namespace tmpl {

/// What a name without a value means: the empty string until something is asked of it (Jinja2's default),
/// or an error as soon as it is printed, tested or compared (Jinja2's StrictUndefined).
enum class Undefined : std::uint8_t { lenient, strict };

/// Whether the newline after a `%}` goes.
enum class TrimBlocks : std::uint8_t { no, yes };

/// Whether the blanks between the start of a line and a `{%` go.
enum class LstripBlocks : std::uint8_t { no, yes };

/// Whether one newline at the end of the template is dropped, as Jinja2 does.
enum class TrailingNewline : std::uint8_t { drop, keep };

/// How `tojson` writes characters beyond U+FFFF: as two escapes each, as Jinja2 does, or as they are, for YAML, which has no
/// such pairs.
enum class WideCharacters : std::uint8_t { escaped, bare };

struct Options {
  Undefined undefined = Undefined::strict;
  TrimBlocks trim_blocks = TrimBlocks::no;
  LstripBlocks lstrip_blocks = LstripBlocks::no;
  TrailingNewline trailing_newline = TrailingNewline::drop;
  WideCharacters wide_characters = WideCharacters::escaped;
};

/// What one rendering may use; going over any of them is an error.
struct Limits {
  std::size_t output_bytes = 16U << 20U;   ///< of the text that is returned
  std::size_t memory_bytes = 256U << 20U;  ///< of all values made on the way, counted when made
  std::size_t steps = 20'000'000;          ///< nodes evaluated and items visited
  std::size_t depth = 100;                 ///< of macros, recursive loops and printed values in each other
};

/// A function that templates may call. Gets the positional arguments; may throw base::Error without a span.
using Function = std::function<doc::Value(const std::vector<doc::Value>& arguments)>;

/// Functions by name. A variable of the same name hides a function. `owner.name` is a method of the variable
/// `owner`, also of one that the template has set itself. Must be safe to call from the threads that render.
using Environment = std::map<std::string, Function, std::less<>>;

struct Body;

/// A parsed template. Immutable; rendering is const and may be done by several threads at once.
class Template {
 public:
  /// Parses a text. Throws base::Error with the place for anything that isn't a template or isn't in the
  /// table above. `source` must outlive the template (errors and spans refer to it).
  static Template parse(const base::Source& source, Options options = {});

  /// The text for these variables. Throws base::Error with the place in the template: undefined names,
  /// wrong types, exceeded limits. `variables` and `functions` are only read, and only during the call.
  std::string render(const doc::Map& variables, const Limits& limits = {},
                     const Environment& functions = {}) const;

 private:
  explicit Template(std::shared_ptr<const Body> body) : body_(std::move(body)) {}

  std::shared_ptr<const Body> body_;
};

/// Parses and renders in one go.
std::string render(const base::Source& source, const doc::Map& variables, Options options = {},
                   const Limits& limits = {});

}  // namespace tmpl
