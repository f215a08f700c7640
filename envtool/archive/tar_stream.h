// The two ends of libarchive that this project uses, without its types.
// A namespace of its own: libarchive's handle is called `archive`, which is the name of ours.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tar_stream {

/// One header. Types are those of stat(2): S_IFREG, S_IFDIR, S_IFLNK and what else an archive may hold.
struct Header {
  std::string path;
  std::uint32_t type = 0;
  std::uint32_t mode = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string user;
  std::string group;
  std::uint64_t size = 0;
  std::int64_t mtime = 0;  ///< seconds since 1970
  std::string target;      ///< of a symlink or hard link
  bool hard_link = false;
};

/// Writes GNU tar format, which GNU tar, podman and Go's archive/tar read and which depends on no locale: names are
/// bytes, and only what is too long for a plain header takes an extra one.
class Writer {
 public:
  using Sink = std::function<void(std::string_view)>;

  /// `sink` gets blocks of `block_size` bytes, the last one excepted.
  Writer(Sink sink, std::size_t block_size);
  ~Writer();
  Writer(Writer&&) = delete;

  /// Begins an entry. Throws base::Error if the format cannot hold it, or what the sink throws; so do the others.
  void begin(const Header& header);
  void content(std::string_view bytes);
  /// Writes the end marker and everything that is still held.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Reads every tar format, as it is or compressed by gzip, bzip2, xz or zstd. Never starts a program to unpack what it reads.
class Reader {
 public:
  /// Returns the next bytes, valid until the next call, or nothing at the end.
  using Source = std::function<std::string_view()>;

  explicit Reader(Source source);
  ~Reader();
  Reader(Reader&&) = delete;

  /// Moves to the next entry; false at the end. Throws base::Error for damaged input.
  bool next(Header& header);
  /// Gives the content of the current entry to `sink`, holes filled with zeros.
  void content(const Writer::Sink& sink);
  enum class Owners { ignored, restored };
  /// Makes the current entry below `directory`; a path that leads out of it is refused.
  void extract(const std::filesystem::path& directory, Owners owners);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tar_stream
