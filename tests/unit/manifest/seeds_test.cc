#include "envtool/manifest/seeds.h"

#include <gmock/gmock.h>

#include "envtool/base/strings.h"
#include "envtool/doc/json.h"

namespace manifest {
namespace {

std::string bytes_in(const doc::Value& object, const std::string& field, const std::string& key) {
  return base::from_base64(object.find(field)->find(key)->as_string()).value();
}

TEST(SeedCarriers, AreOneConfigMapAsLongAsItFits) {
  const std::string tar(kSeedChunk, 't');
  const auto objects = seed_carriers("seed-data", "key", tar);
  ASSERT_EQ(objects.size(), 1U);
  EXPECT_EQ(doc::text_at(objects[0], "kind"), "ConfigMap");
  EXPECT_EQ(bytes_in(objects[0], "binaryData", "seed.tar"), tar);
  EXPECT_EQ(bytes_in(objects[0], "binaryData", "key"), "key\n");
}

TEST(SeedCarriers, AreSecretsWhoseNamesSortFromThereOn) {
  std::string tar(kSeedChunk * 11 + 5, 't');
  tar.back() = 'e';
  const auto objects = seed_carriers("seed-data", "key", tar);
  ASSERT_EQ(objects.size(), 12U);
  std::map<std::string, std::string> files;  // as the projected volume shows them
  for (const doc::Value& object : objects) {
    EXPECT_EQ(doc::text_at(object, "kind"), "Secret");
    for (const doc::Entry& entry : object.find("data")->as_map()) EXPECT_TRUE(files.emplace(entry.key, bytes_in(object, "data", entry.key)).second) << entry.key;
  }
  std::string joined;
  for (const auto& [name, bytes] : files) joined += name == "key" ? "" : bytes;
  EXPECT_EQ(joined, tar);
  EXPECT_EQ(files["key"], "key\n");
}

TEST(SeedSource, IsProjectedWhereItHasParts) {
  EXPECT_EQ(doc::emit_json(seed_source_volume({"data", {"seed-data"}, Seeding::Carrier::config_map})), R"({"name":"seed-data","configMap":{"name":"seed-data"}})");
  EXPECT_EQ(doc::emit_json(seed_source_volume({"data", {"a", "b"}, Seeding::Carrier::secret})),
            R"({"name":"seed-data","projected":{"sources":[{"secret":{"name":"a"}},{"secret":{"name":"b"}}]}})");
}

TEST(SeedContainer, NamesItsVolumesAsArguments) {
  const doc::Value container = seed_container("image", {{"data", {"a"}, Seeding::Carrier::config_map}, {"keys", {"b"}, Seeding::Carrier::secret}});
  const doc::List& command = container.find("command")->as_list();
  ASSERT_EQ(command.size(), 6U);
  EXPECT_EQ(command[4], doc::Value("data"));
  EXPECT_EQ(command[5], doc::Value("keys"));
  EXPECT_EQ(container.find("volumeMounts")->as_list().size(), 4U);
}

}  // namespace
}  // namespace manifest
