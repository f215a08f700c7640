// Writes a folder as a tar stream to stdout, as a volume is filled: bench_tar FOLDER.
#include <unistd.h>

#include <cstdio>

#include "envtool/archive/tar.h"
#include "envtool/base/error.h"
#include "envtool/base/render.h"
#include "envtool/sys/fd.h"

namespace {

void write_out(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (n <= 0) throw base::Error("cannot write to stdout");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  sys::widen_pipe(STDOUT_FILENO);
  try {
    archive::Tree tree;
    tree.directory = argv[1];
    archive::write_tar({tree}, {}, write_out);
    return 0;
  } catch (const base::Error& error) {
    std::fputs(base::render(error.diagnostics()).c_str(), stderr);
    return 1;
  }
}
