// Random values with the kinds of trouble that YAML has, for tests of properties.
#pragma once

#include <array>
#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "envtool/doc/value.h"

namespace test {

/// The same values for the same seed, on every machine.
class RandomValues {
 public:
  explicit RandomValues(unsigned seed) : random_(seed) {}

  doc::Value value(int depth) {
    const std::size_t kind = below(depth > 0 ? 8 : 6);
    switch (kind) {
      case 0: return nullptr;
      case 1: return below(2) == 0;
      case 2: return static_cast<std::int64_t>(random_()) - (std::int64_t{1} << 31);
      case 3: return std::ldexp(static_cast<double>(random_()), static_cast<int>(below(200)) - 100);
      case 6: return list(depth);
      case 7: return map(depth);
      default: return text();
    }
  }

  doc::Value map(int depth) {
    doc::Map map;
    for (std::size_t n = below(5); n > 0; --n) map.set(text(), value(depth - 1));
    return map;
  }

  /// The same data with the keys of all its maps in another order.
  doc::Value shuffled(const doc::Value& value) {
    if (value.is_list()) return shuffled_list(value);
    return value.is_map() ? shuffled_map(value) : value;
  }

  std::size_t below(std::size_t limit) { return random_() % limit; }
  bool chance() { return below(2) == 0; }

  std::string text() {
    static constexpr std::array<std::string_view, 48> kParts{
        "a",  "b",  "word", " ",   "  ",   "\n",   "\n\n", "\t",      "\r",       "\r\n",         ":",    ": ",
        "#",  " #", "-",    "- ",  "?",    "? ",   "'",    "\"",      "\\",       "\\n",          "|",    ">",
        "[",  "]",  "{",    "}",   ",",    "&",    "*",    "!",       "%",        "@",            "`",    "yes",
        "0",  "1",  "e",    ".",   "_",    "---",  "...",  "\xC3\xA4", "\xC2\x85", "\xE2\x80\xA8", "null", "\xF0\x9F\x90\xB3"};
    std::string out;
    for (std::size_t n = below(6); n > 0; --n) out += kParts[below(kParts.size())];
    return out;
  }

 private:
  doc::Value list(int depth) {
    doc::List list;
    for (std::size_t n = below(5); n > 0; --n) list.push_back(value(depth - 1));
    return list;
  }

  doc::Value shuffled_list(const doc::Value& value) {
    doc::List list;
    for (const doc::Value& item : value.as_list()) list.push_back(shuffled(item));
    return doc::Value(std::move(list)).set_span(value.span());
  }

  doc::Value shuffled_map(const doc::Value& value) {
    std::vector<doc::Entry> entries(value.as_map().begin(), value.as_map().end());
    for (std::size_t i = entries.size(); i > 1; --i) std::swap(entries[i - 1], entries[below(i)]);
    doc::Map map;
    for (const doc::Entry& entry : entries) map.append(entry.key, shuffled(entry.value), entry.key_span);
    return doc::Value(std::move(map)).set_span(value.span());
  }

  std::mt19937 random_;
};

}  // namespace test
