// The documents of a YAML text one by one: for texts whose values would fill the memory if all were there at once.
#pragma once

#include <memory>
#include <optional>

#include "envtool/doc/yaml.h"

namespace doc {

class YamlDocuments {
 public:
  /// The source must outlive this object, and what it gives. Throws as `read_yaml_all` for text that is over the limit or no text.
  explicit YamlDocuments(const base::Source& source, const ReadLimits& limits = {});
  ~YamlDocuments();

  /// The next document that has content, or nothing at the end. Throws as `read_yaml_all` does; then there is no next one.
  std::optional<Value> next();

 private:
  friend std::vector<Value> read_yaml_all(const base::Source& source, const ReadLimits& limits);

  class Builder;
  base::Diagnostics problems_;
  std::unique_ptr<Builder> builder_;
};

}  // namespace doc
