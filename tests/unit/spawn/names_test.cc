#include "envtool/spawn/names.h"

#include <gmock/gmock.h>

#include "envtool/patch/names.h"
#include "tests/unit/spawn/configuration.h"

namespace spawn {
namespace {

Server server(std::string user, std::string name = "") { return {.user = std::move(user), .name = std::move(name), .profile = {}, .api_token = ""}; }

TEST(NamesTest, KeysAreTheSpawnersOwn) {
  EXPECT_EQ(rendered("", server("alice")).key, "jupyter-alice");
  EXPECT_EQ(rendered("", server("alice", "gpu")).key, "jupyter-alice--gpu");
  const Rendered awkward = rendered("", server("Foo@Bar-x.com", "my server"));
  EXPECT_EQ(awkward.key, "jupyter--46oo-40-42ar-2dx-2ecom--my-20server");
  EXPECT_EQ(awkward.kubernetes_namespace, "jupyter--46oo-40-42ar-2dx-2ecom");
}

TEST(NamesTest, LongNamesBecomeLabelsThatDiffer) {
  const std::string person = "a.very.long.name.of.a.person.at.a.department@university.example.org";
  const Rendered first = rendered("", server(person));
  EXPECT_LE(first.key.size(), 63U);
  EXPECT_TRUE(patch::is_dns_label(first.key)) << first.key;
  EXPECT_TRUE(patch::is_dns_label(first.kubernetes_namespace));
  EXPECT_TRUE(first.key.starts_with("jupyter-a-2every-2elong-2ename"));
  EXPECT_NE(first.key, rendered("", server(person + "x")).key);
  EXPECT_NE(first.key, rendered("", server(person, "x")).key);
  EXPECT_EQ(first.key, rendered("", server(person)).key);
}

TEST(NamesTest, NobodyCanTakeTheShortenedNameOfAnother) {
  const std::string shortened = object_name(std::string(80, 'a'));
  EXPECT_NE(object_name(shortened), shortened);
  EXPECT_TRUE(patch::is_dns_label(object_name(shortened)));
  EXPECT_EQ(object_name("jupyter-alice---46"), "jupyter-alice---46");
}

TEST(NamesTest, TextsThatAreNoNamesBecomeNames) {
  for (const char* text : {"-46oo", "Foo", "a.b", "a_b", "é", "a b", "--"}) {
    EXPECT_TRUE(patch::is_dns_label(object_name(text))) << text;
    EXPECT_NE(object_name(text), text);
  }
  EXPECT_EQ(rendered("key_template: '{{unescaped_username}}'", server("Foo")).key.substr(0, 6), "foo---");
}

}  // namespace
}  // namespace spawn
