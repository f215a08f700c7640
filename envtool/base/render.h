// Turns diagnostics into the text that a person reads.
#pragma once

#include <string>
#include <vector>

#include "envtool/base/error.h"

namespace base {

enum class Color { never, always };

/// The whole text of one diagnostic, newline at the end:
///     error: unknown field `contxt` in image `jupyterhub`
///      --> envs/dev/env.yaml:3:10
///       |
///     3 |   jupyterhub: { contxt: images/jupyterhub }
///       |                 ^^^^^^
///     note: while loading environment `dev`
///     hint: did you mean `context`?
std::string render(const Diagnostic& diagnostic, Color color = Color::never);

/// All of them, a blank line between two.
std::string render(const std::vector<Diagnostic>& diagnostics, Color color = Color::never);

}  // namespace base
