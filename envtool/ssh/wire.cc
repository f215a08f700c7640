#include "envtool/ssh/wire.h"

#include "envtool/base/error.h"

namespace ssh {

void WireWriter::number(std::uint32_t value) {
  for (const int shift : {24, 16, 8, 0}) bytes_ += static_cast<char>((value >> shift) & 0xFFU);
}

void WireWriter::string(std::string_view value) {
  number(static_cast<std::uint32_t>(value.size()));
  bytes_ += value;
}

std::string_view WireReader::take(std::size_t size) {
  if (size > rest_.size()) throw base::Error("key data ends too early");
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

std::uint32_t WireReader::number() {
  std::uint32_t value = 0;
  for (const char c : take(4)) value = (value << 8U) | static_cast<unsigned char>(c);
  return value;
}

std::string_view WireReader::string() { return take(number()); }

}  // namespace ssh
