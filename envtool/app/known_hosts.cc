#include "envtool/app/known_hosts.h"

#include <fmt/format.h>

#include "envtool/base/error.h"
#include "envtool/ssh/hosts.h"
#include "envtool/ssh/session.h"
#include "envtool/sys/file.h"

namespace app {
namespace {

using ssh::KnownHost;

[[noreturn]] void refuse(const std::filesystem::path& file, const KnownHost& line, const model::Endpoint& host, const ssh::PublicKey& key) {
  const std::string name = ssh::host_name(host.host, host.port);
  const bool revoked = line.marker == KnownHost::Marker::revoked;
  throw base::Error(fmt::format("line {} of `{}` states {} key for `{}`", line.line, file.string(), revoked ? "a revoked" : "another", name))
      .note(fmt::format("stated: {}", line.key.fingerprint()))
      .note(fmt::format("new:    {}", key.fingerprint()))
      .hint("find out why the host's key changed; if it is right, delete that line and try again");
}

}  // namespace

ssh::PublicKey ask_host_key(const model::Endpoint& host) {
  ssh::Target target;
  target.host = host.host;
  target.port = host.port;
  target.user = "nobody";
  return ssh::Session(target).host_key();
}

std::string known_hosts_line(const model::Endpoint& host, const ssh::PublicKey& key) {
  return ssh::known_hosts_line({ssh::host_name(host.host, host.port)}, key);
}

Recorded record_host_key(const std::filesystem::path& file, const model::Endpoint& host, const ssh::PublicKey& key) {
  std::string text = sys::read_file_if_exists(file).value_or("");
  bool there = false;
  for (const KnownHost& line : ssh::find_host(text, host.host, host.port)) {
    const bool same = ssh::same_key(line.key, key);
    const bool contradicts = line.marker == KnownHost::Marker::none && line.key.type == key.type && !same;
    if (contradicts || (line.marker == KnownHost::Marker::revoked && same)) refuse(file, line, host, key);
    there = there || (line.marker == KnownHost::Marker::none && same);
  }
  if (there) return Recorded::already_there;
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  sys::write_file(file, text + known_hosts_line(host, key), sys::Access::shared);
  return Recorded::added;
}

}  // namespace app
