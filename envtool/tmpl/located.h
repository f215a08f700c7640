// Gives errors the place in the template at which they came up.
#pragma once

#include <utility>

#include "envtool/base/error.h"

namespace tmpl {

/// Rethrows with `span` if the error has no place yet.
[[noreturn]] void rethrow_at(const base::Error& error, const base::Span& span);

/// Runs `work`; an error without a place that leaves it gets `span`.
template <typename Work>
decltype(auto) located(const base::Span& span, Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (const base::Error& error) {
    rethrow_at(error, span);
  }
}

}  // namespace tmpl
