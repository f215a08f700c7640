// What an action throws, as the text that a person would read.
#pragma once

#include <string>

#include "envtool/base/error.h"
#include "envtool/base/render.h"

namespace test {

/// The rendered base::Error that `action` throws, or `no error`.
template <typename Action>
std::string error_of(Action&& action) {
  try {
    action();
  } catch (const base::Error& error) {
    return base::render(error.diagnostics());
  }
  return "no error";
}

}  // namespace test
