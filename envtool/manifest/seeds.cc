#include "envtool/manifest/seeds.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "envtool/base/strings.h"
#include "envtool/patch/names.h"

namespace manifest {
namespace {

using doc::make_map;
using doc::Value;

/// `cat` joins the parts in the order of their names.
constexpr const char* kScript = R"(set -eu
for volume do
  mark=/seed/into/$volume/.envtool-seed
  if [ -e "$mark" ]; then
    echo "$volume: filled already"
    continue
  fi
  cat /seed/from/$volume/seed.tar* | tar --extract --preserve-permissions --same-owner --numeric-owner --file=- --directory="/seed/into/$volume"
  cp /seed/from/$volume/key "$mark.part"
  sync
  mv "$mark.part" "$mark"
  echo "$volume: filled"
done
)";

std::string source_volume(const std::string& volume) { return patch::slug("seed-" + volume); }

Value carrier(const std::string& kind, const std::string& name) {
  return make_map({{"apiVersion", "v1"}, {"kind", kind}, {"metadata", make_map({{"name", name}})}});
}

doc::List mounts_of(const Seeding& seeding) {
  return {make_map({{"name", source_volume(seeding.volume)}, {"mountPath", "/seed/from/" + seeding.volume}, {"readOnly", true}}),
          make_map({{"name", seeding.volume}, {"mountPath", "/seed/into/" + seeding.volume}})};
}

}  // namespace

doc::Map seed_data(const std::string& key, const std::string& tar) {
  doc::Map data;
  data.append("key", base::to_base64(key + "\n"));
  data.append("seed.tar", base::to_base64(tar));
  return data;
}

std::vector<Value> seed_carriers(const std::string& name, const std::string& key, const std::string& tar) {
  if (tar.size() <= kSeedChunk) {
    Value map = carrier("ConfigMap", name);
    map["binaryData"] = seed_data(key, tar);
    return {map};
  }
  std::vector<Value> parts;
  for (std::size_t at = 0; at < tar.size(); at += kSeedChunk) {
    Value part = carrier("Secret", at == 0 ? name : fmt::format("{}-{}", name, parts.size()));
    if (at == 0) part["data"]["key"] = base::to_base64(key + "\n");
    part["data"][fmt::format("seed.tar.{:03}", parts.size())] = base::to_base64(std::string_view(tar).substr(at, kSeedChunk));
    parts.push_back(std::move(part));
  }
  return parts;
}

Value seed_source_volume(const Seeding& seeding) {
  const bool in_secret = seeding.carrier == Seeding::Carrier::secret;
  Value volume = make_map({{"name", source_volume(seeding.volume)}});
  if (seeding.carriers.size() == 1) {
    volume[in_secret ? "secret" : "configMap"] = make_map({{in_secret ? "secretName" : "name", seeding.carriers.front()}});
    return volume;
  }
  volume["projected"]["sources"] =
      doc::make_list(seeding.carriers, [](const std::string& name) { return make_map({{"secret", make_map({{"name", name}})}}); });
  return volume;
}

Value seed_container(const std::string& image, const std::vector<Seeding>& seedings) {
  doc::List command{Value("sh"), Value("-c"), Value(kScript), Value("seed")};
  doc::List mounts;
  for (const Seeding& seeding : seedings) {
    command.emplace_back(seeding.volume);
    std::ranges::move(mounts_of(seeding), std::back_inserter(mounts));
  }
  const Value rights = make_map({{"allowPrivilegeEscalation", false},
                                 {"runAsUser", 0},
                                 {"capabilities", make_map({{"drop", doc::List{Value("ALL")}},
                                                            {"add", doc::make_list(std::vector<std::string>{"CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"})}})}});
  return make_map({{"name", "seed"},
                   {"image", image},
                   {"command", std::move(command)},
                   {"resources", make_map({{"requests", make_map({{"cpu", "50m"}, {"memory", "64Mi"}})}, {"limits", make_map({{"memory", "256Mi"}})}})},
                   {"securityContext", rights},
                   {"volumeMounts", std::move(mounts)}});
}

}  // namespace manifest
