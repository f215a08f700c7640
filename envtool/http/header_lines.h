// Headers as libcurl takes and gives them.
#pragma once

#include <cstddef>
#include <vector>

#include "envtool/http/client.h"
#include "envtool/http/libcurl.h"

namespace http {

/// For CURLOPT_HTTPHEADER. Throws base::Error for a value with a line break.
HeaderLines header_lines(const std::vector<Header>& headers);

/// A CURLOPT_HEADERFUNCTION whose CURLOPT_HEADERDATA is a std::vector<Header>. Is called with one line at a time; the first and the last
/// have no colon. With a new answer, the headers of the one before it are forgotten.
std::size_t keep_header(char* bytes, std::size_t size, std::size_t count, void* headers);

}  // namespace http
