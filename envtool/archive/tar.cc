#include "envtool/archive/tar.h"

#include <sys/stat.h>

#include "envtool/archive/tar_stream.h"
#include "envtool/archive/walk.h"

namespace archive {
namespace {

constexpr std::size_t kBlockSize = 128 * 1024;

std::uint32_t type_of(Kind kind) {
  switch (kind) {
    case Kind::file: return S_IFREG;
    case Kind::directory: return S_IFDIR;
    case Kind::symlink: return S_IFLNK;
  }
  return 0;
}

void fill(tar_stream::Header& header, const Entry& entry) {
  header.path = "./";
  header.path += entry.path;
  header.type = type_of(entry.kind);
  header.mode = entry.mode;
  header.uid = entry.owner.uid;
  header.gid = entry.owner.gid;
  header.user = entry.owner.user;
  header.group = entry.owner.group;
  header.size = entry.size;
  header.target = entry.target;
}

}  // namespace

void write_tar(const std::vector<Layer>& layers, const TarOptions& options, const Sink& sink) {
  tar_stream::Writer writer(sink, kBlockSize);
  std::string buffer;
  tar_stream::Header header;
  header.mtime = options.mtime;
  const Sink content = [&](std::string_view bytes) { writer.content(bytes); };
  walk(layers, [&](const Entry& entry) {
    fill(header, entry);
    writer.begin(header);
    if (entry.size > 0) read_content(entry, buffer, content);
  });
  writer.finish();
}

}  // namespace archive
