// YAML text as a stream of events: scalars, and where collections begin and end. libyaml takes the text apart; this adds places
// in bytes and words of our own for syntax errors. Knows nothing of values.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "envtool/base/source.h"

namespace doc {

struct YamlEvent {
  enum class Kind : std::uint8_t { scalar, alias, list_start, map_start, collection_end, document_end, stream_end };
  enum class Style : std::uint8_t { plain, quoted, block };

  Kind kind;
  Style style = Style::plain;  ///< of a scalar
  std::string_view text;       ///< of a scalar, or the name of an alias
  std::string_view anchor;     ///< without `&`; empty if there is none
  std::string_view tag;        ///< with its prefix written out; empty if there is none
  base::Span start;            ///< one byte: where the node begins, or its anchor or tag
  base::Span span;             ///< of a scalar without anchor and tag, if it is no block; else one byte, too
};

/// Goes through a text once.
class YamlEvents {
 public:
  /// The text must be UTF-8 and outlive this object.
  explicit YamlEvents(const base::Source& source);
  ~YamlEvents();

  /// The next event, whose texts are good until the next call. Throws base::Error with the place for text that is no YAML.
  YamlEvent next();

 private:
  class Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace doc
