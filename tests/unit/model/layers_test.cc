#include "envtool/model/layers.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>

#include "envtool/doc/json.h"
#include "tests/support/errors.h"

namespace model {
namespace {

using test::error_of;

class Layers : public testing::Test {
 protected:
  std::string load(const std::string& path) {
    return doc::emit_json(load_layers(sources_, path, [this](const std::string& name) -> std::optional<std::string> {
      const auto found = files_.find(name);
      return found == files_.end() ? std::nullopt : std::optional(found->second);
    }));
  }
  std::string assign(const std::vector<std::string>& assignments) {
    return doc::emit_json(parse_assignments(sources_, assignments));
  }

  base::Sources sources_;
  std::map<std::string, std::string> files_;
};

TEST_F(Layers, LaterOnesWin) {
  files_["envs/_parts/a.yaml"] = "x: {p: 1, q: 1}\nlist: [1, 2]\n";
  files_["envs/_parts/b.yaml"] = "x: {q: 2, r: 2}\n";
  files_["envs/dev/env.yaml"] = "extends: [../_parts/a.yaml, ../_parts/b.yaml]\nx: {r: 3}\nlist: [3]\n";
  EXPECT_EQ(load("envs/dev/env.yaml"), R"({"x":{"p":1,"q":2,"r":3},"list":[3]})");
}

TEST_F(Layers, ExtendOneByName) {
  files_["a.yaml"] = "x: 1\n";
  files_["b.yaml"] = "extends: ./a.yaml\ny: 2\n";
  EXPECT_EQ(load("b.yaml"), R"({"x":1,"y":2})");
}

TEST_F(Layers, MayShareAParent) {
  files_["top"] = "n: {a: 1}\n";
  files_["l"] = "extends: top\nn: {b: 1}\n";
  files_["r"] = "extends: top\nn: {a: null}\n";
  files_["env"] = "extends: [l, r]\n";
  EXPECT_EQ(load("env"), R"({"n":{"a":1,"b":1}})") << "a parent that comes again sets its values again";
}

TEST_F(Layers, ManyWaysToOneFileCostNothing) {
  for (int i = 0; i < 40; ++i) files_[std::to_string(i)] = fmt::format("extends: ['{0}', '{0}']\n", i + 1);
  files_["40"] = "a: 1\n";
  EXPECT_EQ(load("0"), R"({"a":1})");
}

TEST_F(Layers, NullTakesAway) {
  files_["a"] = "images: {x: {target: t}, y: {target: t}}\n";
  files_["b"] = "extends: a\nimages: {x: null}\n";
  EXPECT_EQ(load("b"), R"({"images":{"y":{"target":"t"}}})");
}

TEST_F(Layers, AnEmptyFileAddsNothing) {
  files_["a"] = "# nothing yet\n";
  EXPECT_EQ(load("a"), "{}");
}

TEST_F(Layers, AMissingFileIsNamedWhereItIsAskedFor) {
  files_["envs/dev/env.yaml"] = "title: x\nextends:\n- ../nope.yaml\n";
  EXPECT_EQ(error_of([&] { load("envs/dev/env.yaml"); }),
            "error: there is no file `envs/nope.yaml`\n --> envs/dev/env.yaml:3:3\n  |\n3 | - ../nope.yaml\n  |   ^^^^^^^^^^^^\n");
  EXPECT_EQ(error_of([&] { load("gone"); }), "error: there is no file `gone`\n");
}

TEST_F(Layers, ACycleShowsItsWay) {
  files_["a"] = "extends: b\n";
  files_["b"] = "extends: a\n";
  EXPECT_EQ(error_of([&] { load("a"); }),
            "error: `a` extends itself\n --> b:1:10\n  |\n1 | extends: a\n  |          ^\nnote: by way of a, b\n");
}

TEST_F(Layers, OtherKindsAreRefused) {
  files_["list"] = "- 1\n";
  files_["number"] = "extends: 3\n";
  EXPECT_EQ(error_of([&] { load("list"); }),
            "error: `list` must hold a map, found a list\n --> list:1:1\n  |\n1 | - 1\n  | ^\n");
  EXPECT_EQ(error_of([&] { load("number"); }),
            "error: `extends` takes a path or a list of paths\n --> number:1:10\n  |\n1 | extends: 3\n  |          ^\n");
}

TEST_F(Layers, Assignments) {
  EXPECT_EQ(assign({"ports.public.host_port=8080", "title=a=b", "x.y=", "production=true", "labels.a\\.b/c='q'"}),
            R"({"ports":{"public":{"host_port":8080}},"title":"a=b","x":{"y":null},"production":true,"labels":{"a.b/c":"'q'"}})");
  EXPECT_EQ(assign({"a.b=1", "a.c=2", "a.b=3"}), R"({"a":{"b":3,"c":2}})");
  EXPECT_EQ(assign({}), "{}");
}

TEST_F(Layers, AssignmentsKnowTheirPlace) {
  const doc::Value overlay = parse_assignments(sources_, {"ports.public=8080"});
  EXPECT_EQ(to_string(doc::at_path(overlay, "ports.public")->span()), "--set:1:14");
}

TEST_F(Layers, BadAssignments) {
  EXPECT_EQ(error_of([&] { assign({"ports"}); }),
            "error: `ports` is no assignment\n --> --set:1:1\n  |\n1 | ports\n  | ^^^^^\nhint: write PATH.TO.FIELD=VALUE\n");
  EXPECT_THAT(error_of([&] { assign({"=x"}); }), testing::StartsWith("error: `=x` is no assignment\n"));
  EXPECT_THAT(error_of([&] { assign({"a..b=x"}); }), testing::StartsWith("error: `a..b=x` is no assignment\n"));
}

}  // namespace
}  // namespace model
