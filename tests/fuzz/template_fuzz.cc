// Templates, rendered twice within small limits: the output is the same and not over the limit.
#include "envtool/tmpl/template.h"

#include <optional>

#include "tests/fuzz/input.h"

namespace {

constexpr tmpl::Limits kLimits{1U << 15U, 1U << 20U, 10'000, 50};

const doc::Map& variables() {
  static const doc::Map map = doc::make_map({{"s", "a B-c_d \xC3\xA4\n<x>&'\""},
                                             {"n", 42},
                                             {"r", -1.5},
                                             {"t", true},
                                             {"none_value", nullptr},
                                             {"l", doc::List{3, 1, 2, "x", 1.0}},
                                             {"words", doc::List{"b", "a", "B", ""}},
                                             {"d", doc::make_map({{"k", 1}, {"items", doc::List{1}}, {"z", "y"}})},
                                             {"rows", doc::List{doc::make_map({{"g", 1}, {"v", "a"}}),
                                                                doc::make_map({{"g", 2}, {"v", "b"}}),
                                                                doc::make_map({{"g", 1}, {"v", "c"}})}}})
                                  .as_map();
  return map;
}

std::optional<std::string> render(const base::Source& source, const tmpl::Options& options) {
  std::optional<std::string> output;
  fuzz::may_refuse([&] { output = tmpl::Template::parse(source, options).render(variables(), kLimits); });
  return output;
}

void check(const base::Source& source, const tmpl::Options& options) {
  const auto output = render(source, options);
  fuzz::require(!output || output->size() <= kLimits.output_bytes, "the output is within its limit");
  fuzz::require(render(source, options) == output, "the same input gives the same output");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  base::Sources sources;
  const base::Source& source = sources.add("input", std::string(fuzz::text_of(bytes, size)));
  check(source, {});
  check(source, {tmpl::Undefined::lenient, tmpl::TrimBlocks::yes, tmpl::LstripBlocks::yes, tmpl::TrailingNewline::keep});
  return 0;
}
