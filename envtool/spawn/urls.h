// Paths of URLs, as JupyterHub puts them together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spawn {

/// Every byte but letters, digits and `_.-~` and those of `safe` as `%XX`.
std::string percent_encode(std::string_view text, std::string_view safe);

/// A name as one segment of a path: `@` stays, too.
std::string path_segment(std::string_view name);

/// The pieces with one slash between two of them; the first one's leading and the last one's trailing slash stay. Empty
/// pieces are left out.
std::string join_url(const std::vector<std::string>& pieces);

}  // namespace spawn
