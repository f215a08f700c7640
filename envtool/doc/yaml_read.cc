#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "envtool/base/strings.h"
#include "envtool/doc/key_set.h"
#include "envtool/doc/scalar.h"
#include "envtool/doc/yaml_documents.h"
#include "envtool/doc/yaml_events.h"

namespace doc {
namespace {

using base::Error;
using base::Source;
using base::Span;
using Style = YamlEvent::Style;

[[noreturn]] void fail(Span span, std::string message) { throw Error(std::move(message), span); }

std::size_t count_nodes(const Value& value) {
  std::size_t nodes = 1;
  if (value.is_list()) {
    for (const Value& item : value.as_list()) nodes += count_nodes(item);
  } else if (value.is_map()) {
    for (const Entry& entry : value.as_map()) nodes += count_nodes(entry.value);
  }
  return nodes;
}

struct Anchored {
  Value value;
  std::size_t nodes = 0;
};

/// A collection that is being read.
struct Frame {
  Value value;
  std::string anchor;
  std::optional<std::string> key;  ///< of the value that comes next, in a map
  bool key_merges = false;         ///< that key is a bare `<<`
  bool key_repeats = false;        ///< that key was there before: its value is dropped
  Span key_span;
  std::vector<Value> merges;  ///< values of `<<`
  KeySet known;               ///< keys so far, in a map
};

void check_text(const Source& source, const ReadLimits& limits) {
  if (source.text.size() > limits.bytes) {
    throw Error(fmt::format("`{}` is larger than {} MiB", source.name, limits.bytes >> 20U));
  }
  const auto fail_at = [&](std::size_t at, std::string message) { fail({&source, static_cast<std::uint32_t>(at), 1}, std::move(message)); };
  const std::size_t good = base::utf8_prefix(source.text);
  if (good < source.text.size()) fail_at(good, "not UTF-8 text");
  for (std::size_t i = 0; i < source.text.size(); ++i) {
    const auto c = static_cast<unsigned char>(source.text[i]);
    const bool allowed = (c >= 0x20 && c != 0x7F) || c == '\n' || c == '\r' || c == '\t';
    if (!allowed) fail_at(i, fmt::format("the control character U+{:04X} can't stand in YAML", unsigned{c}));
  }
}

}  // namespace

/// Builds values from the events of one text.
class YamlDocuments::Builder {
 public:
  /// What is wrong and doesn't keep the rest from being read goes to `problems`.
  Builder(const Source& source, const ReadLimits& limits, base::Diagnostics& problems)
      : limits_(limits), problems_(problems), events_(source) {}

  std::optional<Value> next() {
    for (YamlEvent event = events_.next(); event.kind != YamlEvent::Kind::stream_end; event = events_.next()) {
      take(event);
      if (event.kind == YamlEvent::Kind::document_end && !root_.is_null()) return std::exchange(root_, Value());
    }
    return std::nullopt;
  }

 private:
  void take(const YamlEvent& event) {
    switch (event.kind) {
      case YamlEvent::Kind::scalar: return take_scalar(event);
      case YamlEvent::Kind::alias: return take_alias(event);
      case YamlEvent::Kind::list_start: return open(Value(List()), event, "tag:yaml.org,2002:seq");
      case YamlEvent::Kind::map_start: return open(Value(Map()), event, "tag:yaml.org,2002:map");
      case YamlEvent::Kind::collection_end: return close();
      case YamlEvent::Kind::document_end: return anchors_.clear();
      case YamlEvent::Kind::stream_end: return;
    }
  }

  // ---- nodes

  void take_scalar(const YamlEvent& event) {
    if (expects_key()) return take_key(event);
    std::optional<Value> value;
    if (event.tag.empty()) {
      value = event.style == Style::plain ? resolve_plain(event.text) : Value(event.text);
    } else {
      value = event.tag == "!" ? Value(event.text) : resolve_tagged(event.tag, std::string(event.text));
    }
    if (!value) fail(event.start, fmt::format("unknown tag `{}`", event.tag));
    add(std::move(value->set_span(event.span)), event.anchor, 1);
  }

  void take_alias(const YamlEvent& event) {
    for (const Frame& frame : frames_) {
      if (frame.anchor == event.text) fail(event.start, "alias stands inside the node that it names");
    }
    const auto found = anchors_.find(std::string(event.text));
    if (found == anchors_.end()) fail(event.start, "not valid YAML: no anchor `&` before this has the name of this alias");
    add(Value(found->second.value), {}, found->second.nodes);
  }

  void open(Value value, const YamlEvent& event, std::string_view own_tag) {
    if (!event.tag.empty() && event.tag != "!" && event.tag != own_tag) fail(event.start, fmt::format("unknown tag `{}`", event.tag));
    if (expects_key()) fail(event.start, "keys must be scalars");
    if (frames_.size() >= limits_.depth) fail(event.start, fmt::format("nested deeper than {} levels", limits_.depth));
    Frame& frame = frames_.emplace_back();
    frame.value = std::move(value.set_span(event.span));
    frame.anchor = event.anchor;
  }

  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    apply_merges(frame);
    add(std::move(frame.value), frame.anchor, 1);
  }

  // ---- keys

  bool expects_key() const { return !frames_.empty() && frames_.back().value.is_map() && !frames_.back().key; }

  void take_key(const YamlEvent& event) {
    const bool plain = event.style == Style::plain && event.tag.empty();
    const std::string_view text = plain && resolve_plain(event.text).is_null() ? "null" : event.text;
    set_key(text, event.span, plain && text == "<<" ? KeyKind::merging : KeyKind::own);
  }

  enum class KeyKind { own, merging };

  void set_key(std::string_view text, Span span, KeyKind kind) {
    Frame& frame = frames_.back();
    frame.key_merges = kind == KeyKind::merging;
    frame.key_repeats = kind == KeyKind::own && !frame.known.add(frame.value.as_map(), text);
    if (frame.key_repeats) report_duplicate(frame.value.as_map(), text, span);
    frame.key = text;
    frame.key_span = span;
  }

  void report_duplicate(const Map& map, std::string_view key, Span span) {
    const auto first = std::find_if(map.begin(), map.end(), [&](const Entry& entry) { return entry.key == key; });
    problems_.error(fmt::format("duplicate key `{}`", key), span).notes.push_back(fmt::format("it stands at {} before", to_string(first->key_span)));
  }

  // ---- building

  void add(Value value, std::string_view anchor, std::size_t nodes) {
    count(nodes, value.span());
    if (expects_key()) {
      if (!value.is_null()) fail(value.span(), "keys must be scalars");
      return set_key("null", value.span(), KeyKind::own);
    }
    if (!anchor.empty()) keep(std::string(anchor), value);
    if (frames_.empty()) {
      root_ = std::move(value);
    } else if (frames_.back().value.is_list()) {
      frames_.back().value.push_back(std::move(value));
    } else {
      add_to_map(frames_.back(), std::move(value));
    }
  }

  void count(std::size_t nodes, Span span) {
    nodes_ += nodes;
    if (nodes_ > limits_.nodes) fail(span, fmt::format("more than {} values, those behind aliases counted in", limits_.nodes));
  }

  /// The copy counts too: anchors may stand inside anchors.
  void keep(std::string anchor, const Value& value) {
    const std::size_t nodes = count_nodes(value);
    count(nodes, value.span());
    anchors_.insert_or_assign(std::move(anchor), Anchored{value, nodes});
  }

  void add_to_map(Frame& frame, Value value) {
    if (frame.key_merges) {
      frame.merges.push_back(std::move(value));
    } else if (!std::exchange(frame.key_repeats, false)) {
      frame.value.as_map().append(std::move(*frame.key), std::move(value), frame.key_span);
    }
    frame.key.reset();
  }

  /// Merge keys of YAML 1.1: what the map says itself wins, then the earlier of the merged maps.
  void apply_merges(Frame& frame) {
    for (const Value& merge : frame.merges) {
      if (!merge.is_list()) {
        merge_in(frame, merge);
      } else {
        for (const Value& item : merge.as_list()) merge_in(frame, item);
      }
    }
  }

  void merge_in(Frame& frame, const Value& from) {
    if (!from.is_map()) fail(from.span(), "`<<` takes a map or a list of maps");
    for (const Entry& entry : from.as_map()) {
      if (!frame.known.add(frame.value.as_map(), entry.key)) continue;
      frame.value.as_map().append(entry.key, entry.value, entry.key_span);
    }
  }

  const ReadLimits limits_;
  base::Diagnostics& problems_;
  YamlEvents events_;
  std::vector<Frame> frames_;
  std::unordered_map<std::string, Anchored> anchors_;
  Value root_;
  std::size_t nodes_ = 0;
};

YamlDocuments::YamlDocuments(const Source& source, const ReadLimits& limits) {
  check_text(source, limits);
  builder_ = std::make_unique<Builder>(source, limits, problems_);
}
YamlDocuments::~YamlDocuments() = default;

std::optional<Value> YamlDocuments::next() {
  std::optional<Value> document;
  try {
    document = builder_->next();
  } catch (const Error& error) {
    problems_.add(error);
  }
  problems_.throw_if_errors();
  return document;
}

std::vector<Value> read_yaml_all(const Source& source, const ReadLimits& limits) {
  YamlDocuments texts(source, limits);
  std::vector<Value> documents;
  try {
    while (std::optional<Value> document = texts.builder_->next()) documents.push_back(std::move(*document));
  } catch (const Error& error) {
    texts.problems_.add(error);
  }
  texts.problems_.throw_if_errors();
  return documents;
}

Value read_yaml(const Source& source, const ReadLimits& limits) {
  std::vector<Value> documents = read_yaml_all(source, limits);
  if (documents.size() > 1) throw Error("expected one YAML document, found several", documents[1].span());
  return documents.empty() ? Value() : std::move(documents.front());
}

}  // namespace doc
