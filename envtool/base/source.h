// Text that was read, and places in it. Knows nothing of the formats that the text is in.
//
// A `Sources` owns every text read during a run; a `Span` is a cheap reference into one of them.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace base {

/// Whether messages may quote lines of a text: those that hold secrets are only pointed at.
enum class Excerpts { shown, withheld };

/// One text and the name it is shown under (a path, `--set`, `<stdin>`).
struct Source : std::enable_shared_from_this<Source> {
  Source(std::string shown_name, std::string whole_text, Excerpts lines = Excerpts::shown)
      : name(std::move(shown_name)), text(std::move(whole_text)), excerpts(lines) {}

  std::string name;
  std::string text;
  Excerpts excerpts;
};

/// A place in a source: a byte range. A default Span means "nowhere in particular".
/// Valid as long as the `Sources` that owns the source; diagnostics keep it alive for longer.
struct Span {
  const Source* source = nullptr;
  std::uint32_t begin = 0;
  std::uint32_t length = 0;

  explicit operator bool() const { return source != nullptr; }
  friend bool operator==(const Span&, const Span&) = default;
};

/// Line and column of a byte in a text, both from 1; columns count Unicode code points.
struct Position {
  int line = 1;
  int column = 1;
  friend bool operator==(const Position&, const Position&) = default;
};

/// The position of byte `offset` (clamped to the end) in `text`. Linear in `offset`.
Position position_of(std::string_view text, std::size_t offset);

/// `file:line:column` of the start of a span, or the empty string for no span.
std::string to_string(const Span& span);

/// Owns sources at stable addresses. `add` may be called from several threads.
class Sources {
 public:
  Sources() = default;
  Sources(const Sources&) = delete;
  Sources& operator=(const Sources&) = delete;

  /// Keeps `text` and returns its source, which lives as long as this object.
  const Source& add(std::string name, std::string text, Excerpts excerpts = Excerpts::shown);

 private:
  std::mutex mutex_;
  std::vector<std::shared_ptr<const Source>> sources_;
};

}  // namespace base
