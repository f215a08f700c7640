// Configurations of the spawner: read, then rendered for a user. The first line of an input is the user's name, the second the
// server's.
#include "envtool/doc/yaml.h"
#include "envtool/patch/names.h"
#include "envtool/spawn/render.h"
#include "tests/fuzz/input.h"

namespace {

constexpr std::size_t kLargest = 1U << 14U;

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size > kLargest) return 0;
  const auto [user, rest] = fuzz::first_line(fuzz::text_of(bytes, size));
  const auto [server, text] = fuzz::first_line(rest);
  const spawn::Server whose{std::string(user), 1, std::string(server), {}, "token"};
  const std::string file(text);
  fuzz::may_refuse([&] {
    base::Sources sources;
    base::Diagnostics problems;
    const spawn::Config config = spawn::decode(doc::read_yaml(sources.add("input", file), {kLargest, 50, 5'000}), problems);
    problems.throw_if_errors();
    const spawn::Rendered rendered = spawn::render(config, whose, sources);
    fuzz::require(patch::is_dns_label(rendered.key), "a key is no DNS label");
    doc::emit_yaml(rendered.objects);
  });
  return 0;
}
