#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>
#include <unordered_map>

#include "envtool/base/strings.h"
#include "envtool/doc/scalar.h"
#include "envtool/doc/yaml.h"

namespace doc {
namespace {

using base::Error;
using base::Source;
using base::Span;

/// Thrown through yaml-cpp's parser after the last wanted event.
[[noreturn]] void fail(const Source& source, std::size_t at, std::size_t length, std::string message) {
  throw Error(std::move(message), Span{&source, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(length)});
}

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
  YAML::anchor_t anchor = 0;
  std::optional<std::string> key;  ///< of the value that comes next, in a map
  bool key_merges = false;         ///< that key is a bare `<<`
  Span key_span;
  bool block = false;                       ///< written without brackets
  std::vector<Value> merges;                ///< values of `<<`
  bool key_repeats = false;                 ///< that key was there before: its value is dropped
  std::unordered_map<std::string, Span> known;  ///< keys so far, in a map
};

/// Bytes in front of the text that yaml-cpp does not count.
std::size_t byte_order_mark(const Source& source) { return source.text.starts_with("\xEF\xBB\xBF") ? 3 : 0; }

std::size_t offset_of(const Source& source, const YAML::Mark& mark) {
  const std::size_t at = byte_order_mark(source) + static_cast<std::size_t>(std::max(mark.pos, 0));
  return std::min(at, source.text.size());
}

/// The length of a quoted scalar at the start of `rest`, or nothing if it never ends.
std::optional<std::size_t> quoted_length(std::string_view rest) {
  const char quote = rest.front();
  for (std::size_t i = 1; i < rest.size(); ++i) {
    const bool doubled = quote == '\'' && rest[i] == quote && rest.substr(i + 1).starts_with(quote);
    if (doubled || (quote == '"' && rest[i] == '\\')) {
      ++i;
    } else if (rest[i] == quote) {
      return i + 1;
    }
  }
  return std::nullopt;
}

/// Where the content of a scalar begins: behind its anchor and its tag.
std::size_t skip_properties(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == '&' || text[at] == '!')) {
    const std::size_t end = std::min(text.find_first_of(" \t\r\n", at), text.size());
    at = std::min(text.find_first_not_of(" \t\r\n", end), text.size());
  }
  return at;
}

/// yaml-cpp gives the escapes `\N` and `\_` as bytes of Latin-1; every other byte comes from well-formed UTF-8.
std::string repaired(const std::string& text) {
  if (base::is_utf8(text)) return text;
  std::string out;
  std::size_t rest_of_character = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (rest_of_character > 0) {
      --rest_of_character;
    } else if (byte >= 0x80 && byte < 0xC0) {
      out += '\xC2';
    } else if (byte >= 0xC0) {
      rest_of_character = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    }
    out += c;
  }
  return out;
}

/// Whether the line before `at` that says anything is the end mark of a document.
bool follows_end_mark(std::string_view text, std::size_t at) {
  for (text = text.substr(0, at); !text.empty();) {
    const std::size_t begin = text.rfind('\n') + 1;
    const std::string_view line = base::trim(text.substr(begin));
    if (!line.empty() && !line.starts_with('#')) return line.starts_with("...");
    text = text.substr(0, begin == 0 ? 0 : begin - 1);
  }
  return false;
}

/// Builds values from the events of one document. Owns anchors; knows nothing of text but what spans need.
class Builder : public YAML::EventHandler {
 public:
  Builder(const Source& source, const ReadLimits& limits) : source_(source), limits_(limits) {}

  /// What is wrong and did not keep the rest from being read.
  base::Diagnostics& problems() { return problems_; }

  /// The finished document, if there was any content.
  std::optional<Value> take() { return std::exchange(root_, std::nullopt); }

  /// The parser takes what does not belong to a document any more for the next one.
  void OnDocumentStart(const YAML::Mark& mark) override {
    const std::size_t at = offset(mark);
    const std::string_view text = source_.text;
    if (documents_++ > 0 && at < text.size() && !text.substr(at).starts_with("---") && !follows_end_mark(text, at)) {
      fail(source_, at, 1, "not valid YAML: this does not belong to what stands above it");
    }
    anchors_.clear();
    root_.reset();
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const std::string_view rest = std::string_view(source_.text).substr(offset(mark));
    check_colon();
    const bool written = rest.starts_with("null") || rest.starts_with("Null") || rest.starts_with("NULL");
    add(Value().set_span(span_at(mark, written ? 4 : rest.starts_with('~') ? 1 : 0)), anchor, 1);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) fail(source_, offset(mark), 1, "alias stands inside the node that it names");
    add(Value(found->second.value), 0, found->second.nodes);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& content) override {
    const Span span = scalar_span(mark, content);
    const std::string text = repaired(content);
    const bool plain = tag == "?";
    if (expects_key()) return take_key(text, span, plain);
    std::optional<Value> value = plain || tag == "!" || tag.empty() ? (plain ? resolve_plain(text) : Value(text))
                                                                    : resolve_tagged(tag, text);
    if (!value) fail(source_, offset(mark), 1, fmt::format("unknown tag `{}`", tag));
    add(std::move(value->set_span(span)), anchor, 1);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    check_collection_tag(mark, tag, "tag:yaml.org,2002:seq");
    open(Value(List()), mark, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    check_collection_tag(mark, tag, "tag:yaml.org,2002:map");
    open(Value(Map()), mark, anchor);
    frames_.back().block = style == YAML::EmitterStyle::Block;
  }
  void OnMapEnd() override {
    apply_merges(frames_.back());
    close();
  }

 private:
  std::size_t offset(const YAML::Mark& mark) const { return offset_of(source_, mark); }

  void check_collection_tag(const YAML::Mark& mark, const std::string& tag, std::string_view known) const {
    if (tag.empty() || tag == "?" || tag == "!" || tag == known) return;
    fail(source_, offset(mark), 1, fmt::format("unknown tag `{}`", tag));
  }

  Span span_at(const YAML::Mark& mark, std::size_t length) const {
    const std::size_t at = offset(mark);
    return {&source_, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(length)};
  }

  /// The parser tells where a scalar begins; where it ends is read off the text. It takes the end of a text for a
  /// closing quote.
  Span scalar_span(const YAML::Mark& mark, const std::string& value) const {
    const std::size_t at = skip_properties(source_.text, offset(mark));
    const std::string_view rest = std::string_view(source_.text).substr(at);
    std::optional<std::size_t> length = rest.starts_with(value) ? value.size() : 1;
    if (rest.starts_with('"') || rest.starts_with('\'')) length = quoted_length(rest);
    if (!length) fail(source_, at, 1, "not valid YAML: this quote is never closed");
    return {&source_, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(*length)};
  }

  /// The parser takes a line of one word in a block map for a key without a value.
  void check_colon() const {
    if (frames_.empty() || !frames_.back().block || !frames_.back().key) return;
    const Span& key = frames_.back().key_span;
    const std::string_view text = source_.text;
    const std::size_t line = key.begin == 0 ? 0 : text.rfind('\n', key.begin - 1) + 1;
    const bool explicit_key = text.substr(line, key.begin - line).find('?') != std::string_view::npos;
    const std::size_t next = text.find_first_not_of(" \t", key.begin + key.length);
    if (explicit_key || (next != std::string_view::npos && text[next] == ':')) return;
    fail(source_, key.begin, key.length, "not valid YAML: expected `:` behind this key");
  }

  bool expects_key() const { return !frames_.empty() && frames_.back().value.is_map() && !frames_.back().key; }

  void take_key(const std::string& text, Span span, bool plain) {
    Frame& frame = frames_.back();
    frame.key_merges = plain && text == "<<";
    if (!frame.key_merges) {
      const auto [first, is_new] = frame.known.try_emplace(text, span);
      frame.key_repeats = !is_new;
      if (!is_new) report_duplicate(text, span, first->second);
    }
    frame.key = text;
    frame.key_span = span;
  }

  void report_duplicate(const std::string& key, Span span, Span first) {
    problems_.error(fmt::format("duplicate key `{}`", key), span).notes.push_back(fmt::format("it stands at {} before", to_string(first)));
  }

  void open(Value value, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (expects_key()) fail(source_, offset(mark), 1, "keys must be scalars");
    if (frames_.size() >= limits_.depth) {
      fail(source_, offset(mark), 1, fmt::format("nested deeper than {} levels", limits_.depth));
    }
    Frame& frame = frames_.emplace_back();
    frame.value = std::move(value.set_span(span_at(mark, 1)));
    frame.anchor = anchor;
  }

  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    add(std::move(frame.value), frame.anchor, 1);
  }

  void add(Value value, YAML::anchor_t anchor, std::size_t nodes) {
    count(nodes, value.span());
    if (expects_key()) {
      if (!value.is_null()) fail(source_, value.span().begin, 1, "keys must be scalars");
      return take_key("null", value.span(), true);
    }
    if (anchor != 0) keep(anchor, value);
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
    if (nodes_ > limits_.nodes) fail(source_, span.begin, span.length, fmt::format("more than {} values, those behind aliases counted in", limits_.nodes));
  }

  /// The copy counts too: anchors may stand inside anchors.
  void keep(YAML::anchor_t anchor, const Value& value) {
    const std::size_t nodes = count_nodes(value);
    count(nodes, value.span());
    anchors_[anchor] = Anchored{value, nodes};
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
    if (!from.is_map()) fail(source_, from.span().begin, from.span().length, "`<<` takes a map or a list of maps");
    for (const Entry& entry : from.as_map()) {
      if (!frame.known.try_emplace(entry.key, entry.key_span).second) continue;
      frame.value.as_map().append(entry.key, entry.value, entry.key_span);
    }
  }

  const Source& source_;
  const ReadLimits& limits_;
  base::Diagnostics problems_;
  std::vector<Frame> frames_;
  std::unordered_map<YAML::anchor_t, Anchored> anchors_;
  std::optional<Value> root_;
  std::size_t nodes_ = 0;
  std::size_t documents_ = 0;
};

void check_text(const Source& source, const ReadLimits& limits) {
  if (source.text.size() > limits.bytes) {
    throw Error(fmt::format("`{}` is larger than {} MiB", source.name, limits.bytes >> 20U));
  }
  const std::size_t good = base::utf8_prefix(source.text);
  if (good < source.text.size()) fail(source, good, 1, "not UTF-8 text");
  for (std::size_t i = 0; i < source.text.size(); ++i) {
    const auto c = static_cast<unsigned char>(source.text[i]);
    const bool allowed = (c >= 0x20 && c != 0x7F) || c == '\n' || c == '\r' || c == '\t';
    if (!allowed) fail(source, i, 1, fmt::format("the control character U+{:04X} can't stand in YAML", unsigned{c}));
  }
}

/// yaml-cpp's own words for a syntax error, clearer ones for the mistakes that are made most.
std::string clearer(const std::string& message) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kClearer{
      {{"end of map not found", "expected a key of the map above: look at the indentation"},
       {"end of sequence not found", "expected an item of the list above or its end: look at the indentation"},
       {"end of map flow not found", "expected `,` or `}`: is the `{` before this never closed?"},
       {"end of sequence flow not found", "expected `,` or `]`: is the `[` before this never closed?"},
       {"illegal map value", "`:` can't stand here: does the line above lack one, or this value quotes?"},
       {"the referenced anchor is not defined", "no anchor `&` before this has the name of this alias"}}};
  const auto* found = std::find_if(kClearer.begin(), kClearer.end(), [&](const auto& row) { return row.first == message; });
  return found == kClearer.end() ? message : std::string(found->second);
}

Error syntax_error(const Source& source, const YAML::ParserException& error) {
  const std::size_t at = error.mark.is_null() ? 0 : offset_of(source, error.mark);
  const std::size_t line_start = at == 0 ? 0 : source.text.rfind('\n', at - 1) + 1;
  const std::string_view line = std::string_view(source.text).substr(line_start);
  const std::size_t indent = line.find_first_not_of(' ');
  const bool tab = indent != std::string_view::npos && line[indent] == '\t';
  if (tab) return Error("a tab can't indent YAML: use spaces", {&source, static_cast<std::uint32_t>(line_start + indent), 1});
  return Error(fmt::format("not valid YAML: {}", clearer(error.msg)), {&source, static_cast<std::uint32_t>(at), 1});
}

void read_documents(std::istream& stream, Builder& builder, std::vector<Value>& documents) {
  YAML::Parser parser(stream);
  while (parser.HandleNextDocument(builder)) {
    std::optional<Value> document = builder.take();
    if (document && !document->is_null()) documents.push_back(std::move(*document));
  }
}

}  // namespace

std::vector<Value> read_yaml_all(const Source& source, const ReadLimits& limits) {
  check_text(source, limits);
  std::istringstream stream(source.text);
  std::vector<Value> documents;
  Builder builder(source, limits);
  try {
    read_documents(stream, builder, documents);
  } catch (const YAML::ParserException& error) {
    builder.problems().add(syntax_error(source, error));
  } catch (const Error& error) {
    builder.problems().add(error);
  }
  builder.problems().throw_if_errors();
  return documents;
}

Value read_yaml(const Source& source, const ReadLimits& limits) {
  std::vector<Value> documents = read_yaml_all(source, limits);
  if (documents.size() > 1) throw Error("expected one YAML document, found several", documents[1].span());
  return documents.empty() ? Value() : std::move(documents.front());
}

}  // namespace doc
