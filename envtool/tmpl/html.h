// Text of HTML pages and addresses. Knows nothing of values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tmpl {

/// The text without tags and comments, runs of white space as one blank, entities as characters. Throws
/// base::Error for entities with names other than amp, lt, gt, quot, apos and nbsp.
std::string strip_tags(std::string_view text);

enum class UrlPart : std::uint8_t { path, query };

/// Percent-encoding (RFC 3986): a path keeps its `/`, a query has `+` for blanks.
std::string quote_url(std::string_view text, UrlPart part);

}  // namespace tmpl
