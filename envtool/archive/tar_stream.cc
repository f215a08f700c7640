#include "envtool/archive/tar_stream.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "envtool/archive/libarchive.h"
#include "envtool/base/error.h"

namespace tar_stream {
namespace {

struct EntryDeleter {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};
struct WriterDeleter {
  void operator()(archive* handle) const { archive_write_free(handle); }
};
struct ReaderDeleter {
  void operator()(archive* handle) const { archive_read_free(handle); }
};
using EntryHandle = std::unique_ptr<archive_entry, EntryDeleter>;
using WriterHandle = std::unique_ptr<archive, WriterDeleter>;
using ReaderHandle = std::unique_ptr<archive, ReaderDeleter>;

/// Exceptions must not cross libarchive's frames: they wait here until the call has returned.
class Escape {
 public:
  template <typename Work>
  bool runs(Work&& work) {
    try {
      std::forward<Work>(work)();
      return true;
    } catch (...) {
      thrown_ = std::current_exception();
      return false;
    }
  }
  void rethrow() {
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  }

 private:
  std::exception_ptr thrown_;
};

void check(archive* handle, long long result, Escape* escape, const char* doing) {
  if (result >= ARCHIVE_OK) return;
  if (escape != nullptr) escape->rethrow();
  const char* reason = archive_error_string(handle);
  throw base::Error(fmt::format("cannot {}: {}", doing, reason == nullptr ? "unknown reason" : reason));
}

/// Damage that the reader can step over is still damage, apart from names that the locale cannot show.
void check_read(archive* handle, long long result, Escape* escape, const char* doing) {
  if (result == ARCHIVE_WARN) return;
  check(handle, result, escape, doing);
}

/// A hole of any size, in pieces.
void give_zeros(const Writer::Sink& sink, la_int64_t size) {
  static const std::string zeros(64 * 1024, '\0');
  for (; size > 0; size -= std::min(size, static_cast<la_int64_t>(zeros.size()))) {
    sink(std::string_view(zeros).substr(0, static_cast<std::size_t>(std::min(size, static_cast<la_int64_t>(zeros.size())))));
  }
}

std::string text(const char* value) { return value == nullptr ? std::string() : std::string(value); }

void fill(archive_entry* entry, const Header& header) {
  archive_entry_clear(entry);
  archive_entry_set_pathname(entry, header.path.c_str());
  archive_entry_set_filetype(entry, header.type);
  archive_entry_set_perm(entry, static_cast<__LA_MODE_T>(header.mode));
  archive_entry_set_uid(entry, header.uid);
  archive_entry_set_gid(entry, header.gid);
  archive_entry_set_uname(entry, header.user.c_str());
  archive_entry_set_gname(entry, header.group.c_str());
  archive_entry_set_mtime(entry, header.mtime, 0);
  archive_entry_set_size(entry, static_cast<la_int64_t>(header.size));
  if (header.type == S_IFLNK) archive_entry_set_symlink(entry, header.target.c_str());
}

Header header_of(archive_entry* entry) {
  Header header;
  header.path = text(archive_entry_pathname(entry));
  header.type = archive_entry_filetype(entry);
  header.mode = archive_entry_perm(entry);
  header.uid = static_cast<std::uint32_t>(archive_entry_uid(entry));
  header.gid = static_cast<std::uint32_t>(archive_entry_gid(entry));
  header.user = text(archive_entry_uname(entry));
  header.group = text(archive_entry_gname(entry));
  header.size = static_cast<std::uint64_t>(archive_entry_size(entry));
  header.mtime = archive_entry_mtime(entry);
  header.hard_link = archive_entry_hardlink(entry) != nullptr;
  header.target = text(header.hard_link ? archive_entry_hardlink(entry) : archive_entry_symlink(entry));
  return header;
}

}  // namespace

/// Where a name that an archive states leads below the directory; a `/` at its beginning stands for the directory.
std::string place_below(const std::filesystem::path& directory, const std::filesystem::path& stated) {
  const std::filesystem::path inside = stated.relative_path().lexically_normal();
  if (inside.empty() || *inside.begin() != "..") return (directory / inside).native();
  throw base::Error(fmt::format("cannot read the archive: `{}` leads out of it", stated.native()));
}

struct Writer::State {
  Sink sink;
  Escape escape;
  bool abandoned = false;
  EntryHandle entry{archive_entry_new()};
  WriterHandle handle{archive_write_new()};

  static la_ssize_t write(archive*, void* self, const void* bytes, std::size_t size) {
    State& state = *static_cast<State*>(self);
    if (state.abandoned) return -1;
    const bool taken = state.escape.runs([&] { state.sink({static_cast<const char*>(bytes), size}); });
    return taken ? static_cast<la_ssize_t>(size) : -1;
  }
  void check(long long result) { tar_stream::check(handle.get(), result, &escape, "write the archive"); }
};

Writer::Writer(Sink sink, std::size_t block_size) : state_(std::make_unique<State>()) {
  state_->sink = std::move(sink);
  archive* handle = state_->handle.get();
  state_->check(archive_write_set_format_gnutar(handle));
  state_->check(archive_write_set_bytes_per_block(handle, static_cast<int>(block_size)));
  state_->check(archive_write_set_bytes_in_last_block(handle, 1));
  state_->check(archive_write_open(handle, state_.get(), nullptr, State::write, nullptr));
}

/// Closing an archive that was not finished frees its buffers; nothing of them may reach the sink any more.
Writer::~Writer() {
  state_->abandoned = true;
  archive_write_close(state_->handle.get());
}

void Writer::begin(const Header& header) {
  fill(state_->entry.get(), header);
  state_->check(archive_write_header(state_->handle.get(), state_->entry.get()));
}

void Writer::content(std::string_view bytes) {
  while (!bytes.empty()) {
    const la_ssize_t written = archive_write_data(state_->handle.get(), bytes.data(), bytes.size());
    state_->check(written);
    if (written == 0) throw base::Error("cannot write the archive: more content than the header announced");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void Writer::finish() { state_->check(archive_write_close(state_->handle.get())); }

struct Reader::State {
  Source source;
  Escape escape;
  archive_entry* entry = nullptr;  // owned by the handle
  ReaderHandle handle{archive_read_new()};

  static la_ssize_t read(archive*, void* self, const void** bytes) {
    State& state = *static_cast<State*>(self);
    std::string_view block;
    if (!state.escape.runs([&] { block = state.source(); })) return -1;
    *bytes = block.data();
    return static_cast<la_ssize_t>(block.size());
  }
  void check(long long result) { check_read(handle.get(), result, &escape, "read the archive"); }
};

Reader::Reader(Source source) : state_(std::make_unique<State>()) {
  state_->source = std::move(source);
  archive* handle = state_->handle.get();
  state_->check(archive_read_support_filter_gzip(handle));
  state_->check(archive_read_support_filter_bzip2(handle));
  state_->check(archive_read_support_filter_xz(handle));
  state_->check(archive_read_support_filter_zstd(handle));
  state_->check(archive_read_support_format_tar(handle));
  state_->check(archive_read_support_format_empty(handle));
  state_->check(archive_read_open(handle, state_.get(), nullptr, State::read, nullptr));
}

Reader::~Reader() = default;

bool Reader::next(Header& header) {
  const int result = archive_read_next_header(state_->handle.get(), &state_->entry);
  if (result == ARCHIVE_EOF) return false;
  state_->check(result);
  header = header_of(state_->entry);
  return true;
}

void Reader::content(const Writer::Sink& sink) {
  const void* bytes = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  for (la_int64_t end = 0;; end = offset + static_cast<la_int64_t>(size)) {
    const int result = archive_read_data_block(state_->handle.get(), &bytes, &size, &offset);
    if (result == ARCHIVE_EOF) return;
    state_->check(result);
    give_zeros(sink, offset - end);
    sink({static_cast<const char*>(bytes), size});
  }
}

void Reader::extract(const std::filesystem::path& directory, Owners owners) {
  const int safe = ARCHIVE_EXTRACT_SECURE_NODOTDOT | ARCHIVE_EXTRACT_SECURE_SYMLINKS | ARCHIVE_EXTRACT_UNLINK;
  const int exact = ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME;
  const int owner = owners == Owners::restored ? ARCHIVE_EXTRACT_OWNER : 0;
  const std::string path = place_below(directory, text(archive_entry_pathname(state_->entry)));
  archive_entry_set_pathname(state_->entry, path.c_str());
  if (const char* linked = archive_entry_hardlink(state_->entry)) {
    const std::string target = place_below(directory, linked);
    if (!std::filesystem::exists(std::filesystem::symlink_status(target))) {
      throw base::Error(fmt::format("cannot read the archive: it has a link to `{}`, but not the file", linked));
    }
    archive_entry_set_hardlink(state_->entry, target.c_str());
  }
  state_->check(archive_read_extract(state_->handle.get(), state_->entry, safe | exact | owner));
}

}  // namespace tar_stream
