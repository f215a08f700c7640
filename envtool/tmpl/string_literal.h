// The text that a quoted string of a template stands for. Escapes: The Python Language Reference, section
// 2.4.1.
#pragma once

#include <string>
#include <string_view>

#include "envtool/base/source.h"

namespace tmpl {

/// The text between the quotes with its escapes resolved; unknown escapes stay as they are. Throws
/// base::Error at `span` for escapes that are cut short, that name no character, or that name one by `\N`.
std::string unescape(std::string_view text, const base::Span& span);

}  // namespace tmpl
