#include "envtool/app/spawner.h"

#include "envtool/doc/yaml.h"
#include "envtool/sys/file.h"

namespace app {
namespace {

constexpr std::size_t kMostBytes = 4U << 20U;

}  // namespace

spawn::Config read_spawner(const std::filesystem::path& file, base::Sources& sources, base::Diagnostics& problems) {
  const base::Source& source = sources.add(file.string(), sys::read_file(file, kMostBytes));
  return spawn::decode(doc::read_yaml(source), problems);
}

spawn::Config load_spawner(const std::filesystem::path& file, base::Sources& sources) {
  base::Diagnostics problems;
  spawn::Config config = read_spawner(file, sources, problems);
  problems.throw_if_errors();
  return config;
}

}  // namespace app
