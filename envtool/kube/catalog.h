// The kinds that one server knows, asked once and kept in a file for the next time.
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string_view>
#include <vector>

#include "envtool/kube/discovery.h"
#include "envtool/kube/transport.h"

namespace kube {

/// May be used from several threads at once.
class Catalog {
 public:
  /// `folder`: where it is kept; empty: nowhere.
  Catalog(Transport& transport, const fs::path& folder);

  /// A kind that is not there is asked for again. Throws base::Error if the server does not tell.
  std::optional<Resource> find(std::string_view api_version, std::string_view kind, const std::stop_token& stop);
  std::vector<Resource> all(const std::stop_token& stop);

 private:
  const Resource* find_known(std::string_view api_version, std::string_view kind) const;
  bool read_file();
  void ask(const std::stop_token& stop);
  std::vector<Resource> resources_of(const Reply& reply, const std::stop_token& stop);
  std::vector<Resource> ask_groups(const std::vector<std::string>& paths, const std::stop_token& stop);

  Transport& transport_;
  fs::path file_;
  std::mutex mutex_;
  bool is_known_ = false;
  std::vector<Resource> resources_;
};

}  // namespace kube
