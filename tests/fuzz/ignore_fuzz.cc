// Files like `.containerignore`. The first line of an input is a path, the rest is the file.
#include "envtool/archive/pattern.h"

#include "envtool/base/strings.h"
#include "tests/fuzz/input.h"

namespace {

/// As a walk from the top does it, with the marks of the folder above.
bool ignored_step_by_step(const archive::IgnoreList& list, std::string_view path) {
  archive::IgnoreList::Marks marks;
  bool ignored = false;
  for (std::size_t end = path.find('/'); end != std::string_view::npos; end = path.find('/', end + 1)) {
    ignored = list.ignores(path.substr(0, end), marks);
  }
  ignored = list.ignores(path, marks);
  return ignored;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto [path, text] = fuzz::first_line(fuzz::text_of(bytes, size));
  fuzz::may_refuse([&, path = path, text = text] {
    const archive::IgnoreList list = archive::IgnoreList::parse(text);
    fuzz::require(list.ignores(path) == ignored_step_by_step(list, path), "a walk finds what a single question finds");
    archive::IgnoreList twice = list;
    twice.append(list);
    fuzz::require(twice.ignores(path) == list.ignores(path), "the same lines again change nothing");
  });
  return 0;
}
