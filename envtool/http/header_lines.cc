#include "envtool/http/header_lines.h"

#include <fmt/format.h>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"

namespace http {

HeaderLines header_lines(const std::vector<Header>& headers) {
  HeaderLines lines;
  for (const Header& header : headers) {
    if (header.value.find_first_of("\r\n") != std::string::npos)
      throw base::Error(fmt::format("the header `{}` would have several lines", header.name));
    curl_slist* longer = curl_slist_append(lines.get(), fmt::format("{}: {}", header.name, header.value).c_str());
    if (longer == nullptr) throw base::Error("cannot set up an HTTP request");
    static_cast<void>(lines.release());
    lines.reset(longer);
  }
  return lines;
}

std::size_t keep_header(char* bytes, std::size_t size, std::size_t count, void* headers) {
  const std::string_view line(bytes, size * count);
  auto& kept = *static_cast<std::vector<Header>*>(headers);
  const std::size_t colon = line.find(':');
  if (line.starts_with("HTTP/")) kept.clear();
  if (colon == std::string_view::npos || line.starts_with("HTTP/")) return line.size();
  kept.push_back({std::string(line.substr(0, colon)), std::string(base::trim(line.substr(colon + 1)))});
  return line.size();
}

}  // namespace http
