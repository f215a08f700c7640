// Paths of URLs, as JupyterHub puts them together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spawn {

/// A name as one segment of a path: `@` stays, too.
std::string path_segment(std::string_view name);

/// The pieces with one slash between two of them; the first one's leading and the last one's trailing slash stay. Empty
/// pieces are left out.
std::string join_url(const std::vector<std::string>& pieces);

}  // namespace spawn
