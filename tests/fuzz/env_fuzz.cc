// Definitions of environments. The documents of an input are the files `0.yaml`, `1.yaml`, ..., which may extend each other;
// the environment is the first.
#include "envtool/base/strings.h"
#include "envtool/model/decode.h"
#include "envtool/model/layers.h"
#include "tests/fuzz/input.h"

namespace {

constexpr std::size_t kLargest = 1U << 16U;

/// The files of an input: what stands between lines of `---`.
std::vector<std::string> files_of(std::string_view text) {
  std::vector<std::string> files(1);
  for (const std::string& line : base::split(text, '\n')) {
    if (line == "---") {
      files.emplace_back();
    } else {
      files.back() += line + '\n';
    }
  }
  return files;
}

std::optional<std::string> read(const std::vector<std::string>& files, const std::string& path) {
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (path == std::to_string(i) + ".yaml") return files[i];
  }
  return std::nullopt;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size > kLargest) return 0;
  const std::vector<std::string> files = files_of(fuzz::text_of(bytes, size));
  fuzz::may_refuse([&] {
    base::Sources sources;
    const doc::Value definition = model::load_layers(sources, "0.yaml", [&](const std::string& path) { return read(files, path); });
    base::Diagnostics problems;
    model::decode(definition, "fuzz", {{"JUPYTERUSER_UID", "1000"}}, problems);
    base::render(problems.all());
  });
  return 0;
}
