#include "envtool/git/inspect.h"

#include <fmt/format.h>

#include "envtool/base/error.h"
#include "envtool/git/libgit2.h"

namespace git {
namespace {

namespace fs = std::filesystem;

std::optional<git_oid> head_commit(git_repository* repository) {
  git_oid id{};
  const int result = git_reference_name_to_id(&id, repository, "HEAD");
  if (result == GIT_ENOTFOUND) return std::nullopt;
  check(result, "read HEAD");
  return id;
}

std::optional<std::string> head_branch(git_repository* repository) {
  const auto head = made<ReferenceHandle>("read HEAD", git_reference_lookup, repository, "HEAD");
  const char* target = git_reference_symbolic_target(head.get());
  constexpr std::string_view kBranches = "refs/heads/";
  if (target == nullptr || !std::string_view(target).starts_with(kBranches)) return std::nullopt;
  return std::string(target).substr(kBranches.size());
}

std::optional<std::string> describe(git_repository* repository, const git_oid& id) {
  const auto commit =
      made<ObjectHandle>("read the commit", git_object_lookup, repository, &id, GIT_OBJECT_COMMIT);
  git_describe_options options = GIT_DESCRIBE_OPTIONS_INIT;
  options.describe_strategy = GIT_DESCRIBE_TAGS;
  git_describe_result* raw = nullptr;
  const int result = git_describe_commit(&raw, commit.get(), &options);
  if (result < 0 && git_error_last()->klass == GIT_ERROR_DESCRIBE) return std::nullopt;  // no tag leads to it
  check(result, "describe the commit");
  const DescribeHandle description(raw);
  git_buf text = GIT_BUF_INIT;
  check(git_describe_format(&text, description.get(), nullptr), "describe the commit");
  std::string described = text.ptr;
  git_buf_dispose(&text);
  return described;
}

bool is_dirty(git_repository* repository) {
  git_status_options options = GIT_STATUS_OPTIONS_INIT;
  options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR;
  options.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED | GIT_STATUS_OPT_EXCLUDE_SUBMODULES;
  const auto list = made<StatusHandle>("look for changes", git_status_list_new, repository, &options);
  return git_status_list_entrycount(list.get()) > 0;
}

std::optional<std::string> origin_url(git_repository* repository) {
  git_remote* raw = nullptr;
  const int result = git_remote_lookup(&raw, repository, "origin");
  const RemoteHandle remote(raw);
  if (result == GIT_ENOTFOUND) return std::nullopt;
  check(result, "read the remote");
  const char* url = git_remote_url(remote.get());
  return url == nullptr ? std::nullopt : std::optional<std::string>(url);
}

Repository describe_repository(git_repository* repository) {
  Repository found;
  if (const auto commit = head_commit(repository)) {
    found.commit = to_text(*commit);
    found.described = describe(repository, *commit);
  }
  found.branch = head_branch(repository);
  found.dirty = git_repository_is_bare(repository) == 0 && is_dirty(repository);
  found.origin = origin_url(repository);
  return found;
}

}  // namespace

/// By gitrepository-layout(5): the parts without which no folder `.git` is a repository.
bool is_repository(const fs::path& path) {
  std::error_code ignored;
  const fs::path inside = path / ".git";
  const bool complete = fs::exists(inside / "HEAD", ignored) && fs::is_directory(inside / "objects", ignored) && fs::is_directory(inside / "refs", ignored);
  return complete || (fs::exists(path, ignored) && std::holds_alternative<Repository>(inspect(path)));
}

Inspection inspect(const fs::path& path) {
  prepare_libgit2();
  std::error_code failure;
  const fs::file_status status = fs::status(path, failure);
  if (status.type() == fs::file_type::not_found) return Missing{};
  if (!fs::is_directory(status)) return NoRepository{};
  git_repository* raw = nullptr;
  const int result = git_repository_open_ext(&raw, path.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
  const RepositoryHandle repository(raw);
  if (result == GIT_ENOTFOUND) return fs::is_empty(path) ? Inspection(Empty{}) : Inspection(NoRepository{});
  return base::with_context(fmt::format("looking at the repository `{}`", path.native()), [&]() -> Inspection {
    check(result, "open the repository");
    return describe_repository(repository.get());
  });
}

}  // namespace git
