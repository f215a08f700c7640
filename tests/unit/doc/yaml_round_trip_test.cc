// Random trees, emitted and read again. The seed is fixed, and shown when a tree fails.
#include <gmock/gmock.h>

#include "envtool/doc/json.h"
#include "envtool/doc/yaml.h"
#include "tests/support/random_values.h"

namespace doc {
namespace {

TEST(YamlRoundTrip, RandomTrees) {
  for (unsigned seed = 0; seed < 4000; ++seed) {
    test::RandomValues generator(seed);
    const Value value = generator.value(4);
    const std::string yaml = emit_yaml(value);
    base::Sources sources;
    ASSERT_EQ(canonical_json(read_yaml(sources.add("t", yaml))), canonical_json(value)) << "seed " << seed << "\n" << yaml;
  }
}

TEST(YamlRoundTrip, RandomStreams) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    test::RandomValues generator(seed);
    std::vector<Value> documents;
    for (int i = 0; i < 4; ++i) documents.push_back(make_map({{"document", i}, {"value", generator.value(2)}}));
    base::Sources sources;
    ASSERT_EQ(read_yaml_all(sources.add("t", emit_yaml(documents))), documents) << "seed " << seed;
  }
}

TEST(YamlRoundTrip, SecondEmissionIsTheFirst) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const std::string yaml = emit_yaml(test::RandomValues(seed).map(4));
    base::Sources sources;
    EXPECT_EQ(emit_yaml(read_yaml(sources.add("t", yaml))), yaml);
  }
}

TEST(JsonRoundTrip, RandomTrees) {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    const Value value = test::RandomValues(seed).value(4);
    ASSERT_EQ(canonical_json(parse_json(emit_json(value), "t")), canonical_json(value)) << "seed " << seed;
    ASSERT_EQ(parse_json(emit_json(value, JsonStyle::indented), "t"), value) << "seed " << seed;
  }
}

}  // namespace
}  // namespace doc
