#include "envtool/model/origins.h"

#include <gmock/gmock.h>

#include "envtool/base/error.h"
#include "envtool/doc/json.h"
#include "envtool/doc/yaml.h"
#include "envtool/patch/merge.h"

namespace model {
namespace {

using testing::ElementsAre;

class Origins : public testing::Test {
 protected:
  Origins() {
    for (const auto& [name, text] : {std::pair("low.yaml", "a: 1\nb: { c: 2, d: [1, 2] }\ngone: { x: 1 }\n"),
                                     std::pair("middle.yaml", "b:\n  c: 3\n"),
                                     std::pair("high.yaml", "b: { c: 4, d: [3] }\ngone: null\n")}) {
      layers_.push_back(doc::read_yaml(sources_.add(name, text)));
      merged_ = patch::merge(std::move(merged_), layers_.back());
    }
  }

  /// `PATH VALUE FILE:LINE:COLUMN`, then the same for each value that lost.
  std::vector<std::string> explained(const std::string& path) {
    std::vector<std::string> out;
    for (const Origin& origin : explain(merged_, layers_, path)) {
      out.push_back(origin.path + " " + shown(origin.value));
      for (const doc::Value& other : origin.overridden) out.push_back(shown(other));
    }
    return out;
  }

  static std::string shown(const doc::Value& value) { return doc::emit_json(value) + " " + to_string(value.span()); }

  base::Diagnostic refused(const std::string& path) {
    try {
      explain(merged_, layers_, path);
    } catch (const base::Error& error) {
      return error.diagnostics().front();
    }
    return {};
  }

  base::Sources sources_;
  std::vector<doc::Value> layers_;
  doc::Value merged_{doc::Map()};
};

TEST_F(Origins, NameTheLayersThatLostTheLastOneFirst) {
  EXPECT_THAT(explained("b.c"), ElementsAre("b.c 4 high.yaml:1:9", "3 middle.yaml:2:6", "2 low.yaml:2:9"));
}

TEST_F(Origins, TakeListsAsOneValueUnlessThePathLeadsInside) {
  EXPECT_THAT(explained("b.d"), ElementsAre("b.d [3] high.yaml:1:15", "[1,2] low.yaml:2:15"));
  EXPECT_THAT(explained("b.d.0"), ElementsAre("b.d.0 3 high.yaml:1:16", "1 low.yaml:2:16"));
}

TEST_F(Origins, CoverAllThatIsBelow) {
  EXPECT_THAT(explained("b"), ElementsAre("b.c 4 high.yaml:1:9", "3 middle.yaml:2:6", "2 low.yaml:2:9",  //
                                          "b.d [3] high.yaml:1:15", "[1,2] low.yaml:2:15"));
  EXPECT_THAT(explained("a"), ElementsAre("a 1 low.yaml:1:4"));
}

TEST_F(Origins, SayWhoTookAValueAway) {
  const base::Diagnostic problem = refused("gone.x");
  EXPECT_EQ(problem.message, "there is no `gone.x` in the definition");
  EXPECT_THAT(problem.notes, ElementsAre("high.yaml:2:7 takes it away", "the definition has `a` and `b`"));
}

TEST_F(Origins, SayWhatIsThere) {
  EXPECT_THAT(refused("b.dd").notes, ElementsAre("`b` has `c` and `d`"));
  EXPECT_THAT(refused("b.cc").hints, ElementsAre("did you mean `c`?"));
  EXPECT_THAT(refused("a.b").notes, ElementsAre("`a` is an integer"));
}

TEST_F(Origins, OfAWholeDefinitionGoThroughLists) {
  std::vector<std::string> paths;
  for (const Origin& origin : origins_of(merged_)) paths.push_back(origin.path);
  EXPECT_THAT(paths, ElementsAre("a", "b.c", "b.d[0]"));
}

}  // namespace
}  // namespace model
