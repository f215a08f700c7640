#include "envtool/git/create.h"

#include <fmt/format.h>

#include "envtool/base/error.h"
#include "envtool/git/libgit2.h"
#include "envtool/git/staging.h"

namespace git {
namespace {

namespace fs = std::filesystem;

constexpr git_time_t kTime = 1577836800;  // 2020-01-01T00:00:00Z: zip files, and with them wheels, begin in 1980
constexpr const char* kName = "envtool";
constexpr const char* kMail = "envtool@localhost";

/// Copies what the tree holds; its own `.git` stays behind.
void copy_tree(const fs::path& from, const fs::path& to) {
  constexpr auto how = fs::copy_options::recursive | fs::copy_options::copy_symlinks;
  try {
    for (const fs::directory_entry& entry : fs::directory_iterator(from)) {
      if (entry.path().filename() != ".git") fs::copy(entry.path(), to / entry.path().filename(), how);
    }
  } catch (const fs::filesystem_error& failure) {
    throw base::Error(
        fmt::format("cannot copy `{}`: {}", failure.path1().native(), failure.code().message()));
  }
}

RepositoryHandle init(const fs::path& path) {
  git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
  options.flags = GIT_REPOSITORY_INIT_MKDIR;
  options.initial_head = "main";
  return made<RepositoryHandle>("create the repository", git_repository_init_ext, path.c_str(), &options);
}

/// From here on only the repository's own configuration counts, not the user's.
void use_own_configuration(git_repository* repository) {
  const fs::path file = fs::path(git_repository_path(repository)) / "config";
  const auto config =
      made<ConfigHandle>("read the new configuration", git_config_open_ondisk, file.c_str());
  check(git_repository_set_config(repository, config.get()), "set the new configuration");
}

SignatureHandle signature() {
  return made<SignatureHandle>("write the author", git_signature_new, kName, kMail, kTime, /*offset=*/0);
}

TreeHandle stage_all(git_repository* repository) {
  const auto index = made<IndexHandle>("open the index", git_repository_index, repository);
  check(git_index_add_all(index.get(), nullptr, GIT_INDEX_ADD_DEFAULT, nullptr, nullptr), "add the files");
  check(git_index_write(index.get()), "write the index");
  git_oid id{};
  check(git_index_write_tree(&id, index.get()), "write the tree");
  return made<TreeHandle>("read the tree", git_tree_lookup, repository, &id);
}

git_oid commit_all(git_repository* repository, const std::string& message) {
  const TreeHandle tree = stage_all(repository);
  const SignatureHandle author = signature();
  git_oid id{};
  check(git_commit_create(&id, repository, "HEAD", author.get(), author.get(), nullptr, message.c_str(), tree.get(),
                          0, nullptr),
        "commit");
  return id;
}

void add_tag(git_repository* repository, const std::string& tag, const git_oid& commit) {
  const auto target =
      made<ObjectHandle>("read the commit", git_object_lookup, repository, &commit, GIT_OBJECT_COMMIT);
  const SignatureHandle tagger = signature();
  git_oid id{};
  check(git_tag_create(&id, repository, tag.c_str(), target.get(), tagger.get(), tag.c_str(), /*force=*/0),
        fmt::format("create the tag `{}`", tag));
}

}  // namespace

std::string create_from_tree(const CreateRequest& request) {
  prepare_libgit2();
  StagedDirectory staged(request.destination);
  copy_tree(request.tree, staged.path());
  git_oid commit{};
  {
    const RepositoryHandle repository = init(staged.path());
    use_own_configuration(repository.get());
    commit = commit_all(repository.get(), request.message);
    if (!request.tag.empty()) add_tag(repository.get(), request.tag, commit);
  }
  staged.publish();
  return to_text(commit);
}

}  // namespace git
