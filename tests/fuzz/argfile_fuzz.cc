// Files of build arguments: nothing is expanded, so that every value stands in the text.
#include "envtool/model/argfile.h"

#include "envtool/base/render.h"
#include "tests/fuzz/input.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  base::Sources sources;
  base::Diagnostics problems;
  const base::Source& source = sources.add("argfile.conf", std::string(fuzz::text_of(bytes, size)));
  for (const auto& [name, value] : model::parse_argfile(source, problems)) {
    fuzz::require(source.text.find(name + "=" + value) != std::string::npos, "a value is taken literally");
  }
  base::render(problems.all());
  return 0;
}
