// podman_peer VERSION: the table of manifest/target.h for this podman, as JSON: {"sub_path": true, ...}.
#include <cstdio>
#include <exception>

#include "envtool/doc/json.h"
#include "envtool/doc/value.h"
#include "envtool/manifest/target.h"

int main(int count, char** words) {
  try {
    if (count != 2) throw base::Error("usage: podman_peer VERSION");
    const manifest::Target target{manifest::Platform::podman, manifest::parse_version(words[1])};
    doc::Map table;
    for (const manifest::Capability& line : manifest::capabilities()) {
      table.set(std::string(line.name), manifest::has(target, line.feature));
    }
    std::puts(doc::emit_json(doc::Value(std::move(table))).c_str());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
