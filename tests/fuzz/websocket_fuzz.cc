// What a server sends over a WebSocket: the same messages come of it, in whatever parts it arrives.
#include "envtool/base/error.h"
#include "envtool/kube/websocket.h"
#include "tests/fuzz/input.h"

namespace {

/// The messages of some bytes that come in parts of a size, and whether they end in nonsense.
std::pair<std::vector<kube::Message>, bool> read(std::string_view bytes, std::size_t part) {
  kube::FrameReader reader;
  std::vector<kube::Message> messages;
  try {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(part, bytes.size()))) {
      reader.add(bytes.substr(0, part));
      while (std::optional<kube::Message> message = reader.next()) messages.push_back(*std::move(message));
    }
  } catch (const base::Error&) {
    return {messages, true};
  }
  return {messages, false};
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = fuzz::text_of(bytes, size);
  const auto whole = read(text, text.size() + 1);
  fuzz::require(whole == read(text, 1), "bytes one by one mean the same");
  fuzz::require(whole == read(text, 7), "bytes in parts mean the same");
  return 0;
}
