#include "envtool/tmpl/wrap.h"

#include <algorithm>

#include "envtool/base/error.h"
#include "envtool/tmpl/runtime.h"
#include "envtool/tmpl/unicode.h"

namespace tmpl {
namespace {

using Points = std::u32string;
using View = std::u32string_view;

bool is_blank(char32_t point) { return View(U"\t\n\v\f\r ").find(point) != View::npos; }
bool is_word(char32_t point) { return is_letter(point) || is_digit(point) || point == U'_'; }
bool is_letter_like(char32_t point) { return is_word(point) && !is_digit(point); }
bool is_word_or_punctuation(char32_t point) {
  return is_word(point) || View(U"!\"'&.,?").find(point) != View::npos;
}

/// Cuts a line into blanks, words and parts of hyphenated words.
class Chunks {
 public:
  Chunks(View text, Hyphens hyphens) : text_(text), hyphens_(hyphens) {}

  std::vector<Points> run() {
    std::vector<Points> chunks;
    for (std::size_t at = 0; at < text_.size();) {
      const std::size_t end = chunk_end(at);
      chunks.emplace_back(text_.substr(at, end - at));
      at = end;
    }
    return chunks;
  }

 private:
  bool holds(std::size_t at, bool (*test)(char32_t)) const { return at < text_.size() && test(text_[at]); }
  bool before(std::size_t at, std::size_t back, bool (*test)(char32_t)) const {
    return at >= back && test(text_[at - back]);
  }
  bool dash(std::size_t at) const { return at < text_.size() && text_[at] == U'-'; }

  /// The end of two dashes or more with a word after them, or `at`.
  std::size_t long_dash_end(std::size_t at) const {
    std::size_t end = at;
    while (dash(end)) ++end;
    return end - at >= 2 && holds(end, is_word) ? end : at;
  }

  /// Whether a line may break after the hyphen at `at`, in a word that began at `begin`.
  bool breaks_after_hyphen(std::size_t at) const {
    if (!dash(at)) return false;
    const bool two_letters = before(at, 1, is_letter_like) && before(at, 2, is_letter_like);
    const bool one_letter =
        before(at, 1, is_word_or_punctuation) && at >= 2 && dash(at - 2) && before(at, 3, is_letter_like);
    if (!two_letters && !one_letter) return false;
    return holds(at + 1, is_letter_like) && holds(dash(at + 2) ? at + 3 : at + 2, is_letter_like);
  }

  std::size_t chunk_end(std::size_t at) const {
    std::size_t end = at;
    while (holds(end, is_blank)) ++end;
    if (end != at) return end;
    if (hyphens_ == Hyphens::keep) return word_end(at);
    if (before(at, 1, is_word_or_punctuation) && long_dash_end(at) != at) return long_dash_end(at);
    for (end = at + 1; end < text_.size() && !is_blank(text_[end]); ++end) {
      if (breaks_after_hyphen(end)) return end + 1;
      if (before(end, 1, is_word_or_punctuation) && long_dash_end(end) != end) return end;
    }
    return end;
  }

  std::size_t word_end(std::size_t at) const {
    while (at < text_.size() && !is_blank(text_[at])) ++at;
    return at;
  }

  View text_;
  Hyphens hyphens_;
};

class Wrapper {
 public:
  Wrapper(std::vector<Points> chunks, std::size_t width, const WrapRules& rules)
      : chunks_(std::move(chunks)), width_(width), rules_(rules) {
    std::reverse(chunks_.begin(), chunks_.end());
  }

  std::vector<std::string> run() {
    while (!chunks_.empty()) fill_line();
    return std::move(lines_);
  }

 private:
  static bool blank(const Points& chunk) { return std::all_of(chunk.begin(), chunk.end(), is_space); }

  void fill_line() {
    std::vector<Points> line;
    std::size_t length = 0;
    if (!lines_.empty() && blank(chunks_.back())) chunks_.pop_back();
    while (!chunks_.empty() && length + chunks_.back().size() <= width_) {
      length += chunks_.back().size();
      line.push_back(std::move(chunks_.back()));
      chunks_.pop_back();
    }
    if (!chunks_.empty() && chunks_.back().size() > width_) place_long_word(line, width_ - length);
    if (!line.empty() && blank(line.back())) line.pop_back();
    if (line.empty()) return;
    Points whole;
    for (const Points& chunk : line) whole += chunk;
    lines_.push_back(to_utf8(whole));
  }

  void place_long_word(std::vector<Points>& line, std::size_t space) {
    Points& word = chunks_.back();
    if (rules_.long_words == LongWords::keep) {
      if (!line.empty()) return;
      line.push_back(std::move(word));
      chunks_.pop_back();
      return;
    }
    std::size_t end = space;
    const std::size_t hyphen = space == 0 ? Points::npos : View(word).substr(0, space).rfind(U'-');
    const bool usable = rules_.hyphens == Hyphens::break_after && hyphen != Points::npos && hyphen > 0 &&
                        word.find_first_not_of(U'-') < hyphen;
    if (usable) end = hyphen + 1;
    line.push_back(word.substr(0, end));
    word.erase(0, end);
  }

  std::vector<Points> chunks_;
  std::size_t width_;
  WrapRules rules_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> wrap(Runtime& runtime, std::string_view line, std::int64_t width,
                              const WrapRules& rules) {
  if (width < 1) throw base::Error("the width of a line must be one at least");
  runtime.step(line.size());
  runtime.allocate(line.size() * sizeof(char32_t) * 2);
  const Points points = to_code_points(line);
  return Wrapper(Chunks(points, rules.hyphens).run(), static_cast<std::size_t>(width), rules).run();
}

}  // namespace tmpl
