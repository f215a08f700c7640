#include "envtool/archive/read.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "envtool/archive/disk.h"
#include "envtool/archive/tar_stream.h"
#include "envtool/sys/fd.h"

namespace archive {
namespace {

constexpr std::size_t kBlockSize = 128 * 1024;

std::string plain_path(std::string_view path) {
  if (path.starts_with("./")) path.remove_prefix(2);
  if (path == ".") path = "";
  if (path.ends_with('/')) path.remove_suffix(1);
  return std::string(path);
}

bool is_listed(const tar_stream::Header& header) {
  return header.hard_link || header.type == S_IFREG || header.type == S_IFDIR || header.type == S_IFLNK;
}

Kind kind_of(const tar_stream::Header& header) {
  if (header.hard_link || header.type == S_IFLNK) return Kind::symlink;
  return header.type == S_IFDIR ? Kind::directory : Kind::file;
}

Listed listed(const tar_stream::Header& header) {
  const Owner owner{header.user, header.uid, header.group, header.gid};
  return {plain_path(header.path), kind_of(header), header.mode, owner, header.size, header.mtime, header.target};
}

/// An open file and room for a block of it.
struct OpenFile {
  std::filesystem::path path;
  sys::Fd descriptor;
  std::string block = std::string(kBlockSize, '\0');

  std::string_view next() {
    while (true) {
      const ssize_t got = ::read(descriptor.get(), block.data(), block.size());
      if (got >= 0) return {block.data(), static_cast<std::size_t>(got)};
      if (errno != EINTR) throw_errno("read", path);
    }
  }
};

}  // namespace

Source bytes_source(std::string_view bytes) {
  return [bytes]() mutable { return std::exchange(bytes, std::string_view()); };
}

Source file_source(const std::filesystem::path& file) {
  auto open = std::make_shared<OpenFile>(OpenFile{file, sys::Fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC))});
  if (open->descriptor.get() < 0) throw_errno("read", file);
  return [open] { return open->next(); };
}

void read_tar(const Source& source,
              const std::function<void(const Listed&, const std::function<void(const Sink&)>&)>& visit) {
  tar_stream::Reader reader(source);
  for (tar_stream::Header header; reader.next(header);) {
    if (is_listed(header)) visit(listed(header), [&](const Sink& sink) { reader.content(sink); });
  }
}

std::vector<Listed> list(const Source& source) {
  std::vector<Listed> entries;
  read_tar(source, [&](const Listed& entry, const auto&) { entries.push_back(entry); });
  return entries;
}

void extract(const Source& source, const std::filesystem::path& directory, Owners owners) {
  const std::filesystem::path root = std::filesystem::canonical(directory);
  const auto owners_there =
      owners == Owners::restored ? tar_stream::Reader::Owners::restored : tar_stream::Reader::Owners::ignored;
  tar_stream::Reader reader(source);
  for (tar_stream::Header header; reader.next(header);) reader.extract(root, owners_there);
}

}  // namespace archive
