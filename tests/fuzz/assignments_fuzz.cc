// Assignments of the command line (`--set path.to.field=value`), one a line.
#include "envtool/base/strings.h"
#include "envtool/model/layers.h"
#include "tests/fuzz/input.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz::may_refuse([&] {
    base::Sources sources;
    model::parse_assignments(sources, base::split(fuzz::text_of(bytes, size), '\n'));
  });
  return 0;
}
