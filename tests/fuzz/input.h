// What the fuzz targets share: an input as text, the one exception that may leave a reader, and properties that must hold.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "envtool/base/error.h"
#include "envtool/base/render.h"

namespace fuzz {

inline std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

/// Runs a reader. It may refuse the input with a base::Error, whose rendering must work; whatever else it throws ends the
/// program.
template <typename Action>
void may_refuse(Action&& action) {
  try {
    std::forward<Action>(action)();
  } catch (const base::Error& error) {
    base::render(error.diagnostics());
  }
}

/// Ends the program unless a property holds.
inline void require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "this does not hold: %s\n", property);
  std::abort();
}

/// The first line of an input, and what comes behind it.
inline std::pair<std::string_view, std::string_view> first_line(std::string_view text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return {text, {}};
  return {text.substr(0, end), text.substr(end + 1)};
}

}  // namespace fuzz

/// What each target defines, for libFuzzer and for replay.cc. The result is always 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);
