#include "envtool/cli/input.h"

#include <iostream>
#include <iterator>

#include "envtool/cli/usage.h"
#include "envtool/sys/file.h"

namespace cli {

const base::Source& read_input(base::Sources& sources, const std::string& path) {
  if (path != "-") return sources.add(path, sys::read_file(path));
  return sources.add("<stdin>", std::string(std::istreambuf_iterator<char>(std::cin), {}));
}

std::vector<doc::Value> read_documents(base::Sources& sources, const std::vector<std::string>& paths) {
  std::vector<doc::Value> documents;
  for (const std::string& path : paths) {
    for (doc::Value& document : doc::read_yaml_all(read_input(sources, path), kInputLimits)) documents.push_back(std::move(document));
  }
  return documents;
}

CLI::Validator file_or_stdin() {
  const auto check = [](std::string& path) { return path == "-" ? std::string() : file_that_exists()(path); };
  return CLI::Validator(check, "");
}

}  // namespace cli
