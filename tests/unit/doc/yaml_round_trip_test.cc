// Random trees, emitted and read again. The seed is fixed, and shown when a tree fails.
#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <random>

#include "envtool/doc/json.h"
#include "envtool/doc/yaml.h"

namespace doc {
namespace {

/// Makes values of the kinds of trouble that YAML has.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  Value value(int depth) {
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

  Value map(int depth) {
    Map map;
    for (std::size_t n = below(5); n > 0; --n) map.set(text(), value(depth - 1));
    return map;
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }

  Value list(int depth) {
    List list;
    for (std::size_t n = below(5); n > 0; --n) list.push_back(value(depth - 1));
    return list;
  }

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

  std::mt19937 random_;
};

TEST(YamlRoundTrip, RandomTrees) {
  for (unsigned seed = 0; seed < 4000; ++seed) {
    Generator generator(seed);
    const Value value = generator.value(4);
    const std::string yaml = emit_yaml(value);
    base::Sources sources;
    ASSERT_EQ(canonical_json(read_yaml(sources.add("t", yaml))), canonical_json(value)) << "seed " << seed << "\n" << yaml;
  }
}

TEST(YamlRoundTrip, RandomStreams) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    Generator generator(seed);
    std::vector<Value> documents;
    for (int i = 0; i < 4; ++i) documents.push_back(make_map({{"document", i}, {"value", generator.value(2)}}));
    base::Sources sources;
    ASSERT_EQ(read_yaml_all(sources.add("t", emit_yaml(documents))), documents) << "seed " << seed;
  }
}

TEST(YamlRoundTrip, SecondEmissionIsTheFirst) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const std::string yaml = emit_yaml(Generator(seed).map(4));
    base::Sources sources;
    EXPECT_EQ(emit_yaml(read_yaml(sources.add("t", yaml))), yaml);
  }
}

TEST(JsonRoundTrip, RandomTrees) {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    const Value value = Generator(seed).value(4);
    ASSERT_EQ(canonical_json(parse_json(emit_json(value), "t")), canonical_json(value)) << "seed " << seed;
    ASSERT_EQ(parse_json(emit_json(value, JsonStyle::indented), "t"), value) << "seed " << seed;
  }
}

}  // namespace
}  // namespace doc
