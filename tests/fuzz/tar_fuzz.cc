// Tar streams, listed and read. What a hole unpacks to is not worth more than a few megabytes.
#include "envtool/archive/read.h"
#include "tests/fuzz/input.h"

namespace {

constexpr std::size_t kMostBytes = 8U << 20U;

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = fuzz::text_of(bytes, size);
  std::size_t left = kMostBytes;
  const auto take = [&](std::string_view piece) {
    if (piece.size() > left) throw base::Error("enough");
    left -= piece.size();
  };
  fuzz::may_refuse([&] {
    archive::read_tar(archive::bytes_source(text), [&](const archive::Listed&, const auto& content) { content(take); });
  });
  return 0;
}
