// libgit2's handles and errors in this project's terms. Included by sources only: it brings libgit2's header along.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "envtool/git/libgit2_functions.h"

namespace git {

/// Frees a libgit2 object with the function that belongs to its type.
template <auto& Free>
struct Freer {
  template <typename Object>
  void operator()(Object* object) const {
    Free(object);
  }
};

using RepositoryHandle = std::unique_ptr<git_repository, Freer<git_repository_free>>;
using ReferenceHandle = std::unique_ptr<git_reference, Freer<git_reference_free>>;
using ObjectHandle = std::unique_ptr<git_object, Freer<git_object_free>>;
using CommitHandle = std::unique_ptr<git_commit, Freer<git_commit_free>>;
using RemoteHandle = std::unique_ptr<git_remote, Freer<git_remote_free>>;
using StatusHandle = std::unique_ptr<git_status_list, Freer<git_status_list_free>>;
using DescribeHandle = std::unique_ptr<git_describe_result, Freer<git_describe_result_free>>;
using IndexHandle = std::unique_ptr<git_index, Freer<git_index_free>>;
using TreeHandle = std::unique_ptr<git_tree, Freer<git_tree_free>>;
using SignatureHandle = std::unique_ptr<git_signature, Freer<git_signature_free>>;
using ConfigHandle = std::unique_ptr<git_config, Freer<git_config_free>>;

/// Makes libgit2 ready, once in a process. Every public function of this folder calls it first.
void prepare_libgit2();

/// What libgit2 says about its latest failure on this thread, or a general phrase.
std::string last_message();

/// Throws base::Error with the latest message of libgit2, behind `cannot <action>: `.
[[noreturn]] void throw_failure(std::string_view action);

/// Throws if a libgit2 call returned a failure.
inline void check(int result, std::string_view action) {
  if (result < 0) throw_failure(action);
}

/// A libgit2 object made by a call that takes the place for it first: `made<CommitHandle>("...", git_commit_lookup,
/// repository, &id)`.
template <typename Handle, typename Make, typename... Arguments>
Handle made(std::string_view action, const Make& make, Arguments... arguments) {
  typename Handle::pointer raw = nullptr;
  check(make(&raw, arguments...), action);
  return Handle(raw);
}

/// The 40 hexadecimal digits of an object's name.
std::string to_text(const git_oid& id);

}  // namespace git
