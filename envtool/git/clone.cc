#include "envtool/git/clone.h"

#include <fmt/format.h>

#include <exception>
#include <optional>
#include <vector>

#include "envtool/base/error.h"
#include "envtool/git/credentials.h"
#include "envtool/git/libgit2.h"
#include "envtool/git/staging.h"
#include "envtool/git/stream.h"
#include "envtool/git/watch.h"

namespace git {
namespace {

constexpr std::string_view kRemoteBranches = "refs/remotes/origin/";
constexpr std::string_view kTags = "refs/tags/";

/// What libgit2's callbacks of one clone share.
struct Transfer {
  const CloneRequest& request;
  Watch& watch;
  Credentials credentials;
  std::exception_ptr thrown;
};

int on_transfer(const git_indexer_progress* state, void* payload) {
  Transfer& transfer = *static_cast<Transfer*>(payload);
  transfer.watch.allow(transfer.request.stall_timeout);
  if (transfer.request.stop.stop_requested()) return GIT_EUSER;
  if (!transfer.request.on_progress) return 0;
  try {
    transfer.request.on_progress({state->received_objects, state->total_objects, state->received_bytes});
    return 0;
  } catch (...) {
    transfer.thrown = std::current_exception();
    return GIT_EUSER;
  }
}

int on_message(const char*, int, void* payload) {
  const Transfer& transfer = *static_cast<Transfer*>(payload);
  return transfer.request.stop.stop_requested() ? GIT_EUSER : 0;
}

int on_credentials(git_credential** out, const char*, const char* user, unsigned int allowed, void* payload) {
  return static_cast<Transfer*>(payload)->credentials.next(out, user, allowed);
}

git_clone_options clone_options(Transfer& transfer) {
  git_clone_options options = GIT_CLONE_OPTIONS_INIT;
  options.checkout_opts.checkout_strategy = GIT_CHECKOUT_NONE;
  const bool is_url = transfer.request.url.find("://") != std::string::npos;
  options.local = is_url ? GIT_CLONE_NO_LOCAL : GIT_CLONE_LOCAL_NO_LINKS;
  options.fetch_opts.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_ALL;
  options.fetch_opts.proxy_opts.type = GIT_PROXY_AUTO;
  git_remote_callbacks& callbacks = options.fetch_opts.callbacks;
  callbacks.transfer_progress = on_transfer;
  callbacks.sideband_progress = on_message;
  callbacks.credentials = on_credentials;
  callbacks.payload = &transfer;
  return options;
}

std::string seconds(std::chrono::milliseconds time) {
  return fmt::format("{:.3g} s", static_cast<double>(time.count()) / 1000);
}

/// The URL without its secrets wherever libgit2 repeats it.
std::string without_secrets(std::string message, const std::string& url) {
  const std::string shown = shown_url(url);
  if (shown == url) return message;
  for (std::size_t at = 0; (at = message.find(url, at)) != std::string::npos; at += shown.size()) {
    message.replace(at, url.size(), shown);
  }
  return message;
}

[[noreturn]] void throw_clone_failure(const Transfer& transfer) {
  const CloneRequest& request = transfer.request;
  const std::string message = without_secrets(last_message(), request.url);
  if (transfer.thrown) std::rethrow_exception(transfer.thrown);
  const std::string what = fmt::format("cannot clone `{}`", shown_url(request.url));
  if (request.stop.stop_requested()) throw base::Error(fmt::format("{}: it was interrupted", what));
  if (transfer.watch.verdict() == Verdict::timed_out) {
    throw base::Error(fmt::format("{}: no answer in time (to connect: {}, between data: {})", what,
                                  seconds(request.connect_timeout), seconds(request.stall_timeout)));
  }
  throw base::Error(fmt::format("{}: {}", what, message));
}

RepositoryHandle transfer_all(const CloneRequest& request, const std::filesystem::path& path) {
  Watch watch(request.stop);
  const WatchedStreams streams(watch, {request.connect_timeout, request.stall_timeout});
  Transfer transfer{request, watch, {}, nullptr};
  const git_clone_options options = clone_options(transfer);
  git_repository* raw = nullptr;
  const int result = git_clone(&raw, request.url.c_str(), path.c_str(), &options);
  RepositoryHandle repository(raw);
  if (result < 0) throw_clone_failure(transfer);
  return repository;
}

/// The short names of all branches of the remote and all tags.
std::vector<std::string> known_refs(git_repository* repository) {
  git_strarray names{};
  check(git_reference_list(&names, repository), "list the references");
  std::vector<std::string> found;
  for (std::size_t i = 0; i < names.count; ++i) {
    const std::string_view name = names.strings[i];
    for (const std::string_view prefix : {kRemoteBranches, kTags}) {
      if (name.starts_with(prefix)) found.emplace_back(name.substr(prefix.size()));
    }
  }
  git_strarray_dispose(&names);
  return found;
}

[[noreturn]] void throw_unknown_ref(git_repository* repository, const CloneRequest& request) {
  throw base::Error(fmt::format("`{}` has no branch, tag or commit `{}`", shown_url(request.url), request.ref))
      .guess(request.ref, known_refs(repository));
}

ReferenceHandle remote_branch(git_repository* repository, const std::string& name) {
  git_reference* raw = nullptr;
  git_branch_lookup(&raw, repository, ("origin/" + name).c_str(), GIT_BRANCH_REMOTE);
  return ReferenceHandle(raw);
}

/// Makes HEAD a local branch that follows the one of the remote.
void follow_branch(git_repository* repository, const std::string& name, git_reference* remote) {
  const auto commit =
      made<CommitHandle>("read the branch", git_commit_lookup, repository, git_reference_target(remote));
  const auto local = made<ReferenceHandle>("create the branch", git_branch_create, repository, name.c_str(),
                                           commit.get(), /*force=*/1);
  check(git_branch_set_upstream(local.get(), ("origin/" + name).c_str()), "set up the branch");
  check(git_repository_set_head(repository, git_reference_name(local.get())), "switch to the branch");
}

void select_ref(git_repository* repository, const CloneRequest& request) {
  const ReferenceHandle branch = remote_branch(repository, request.ref);
  const ReferenceHandle head = remote_branch(repository, "HEAD");
  const bool is_default = head && branch &&
                          git_reference_symbolic_target(head.get()) != nullptr &&
                          git_reference_name(branch.get()) == std::string_view(git_reference_symbolic_target(head.get()));
  if (is_default) return;
  if (branch) return follow_branch(repository, request.ref, branch.get());
  git_object* raw = nullptr;
  const int result = git_revparse_single(&raw, repository, (request.ref + "^{commit}").c_str());
  const ObjectHandle commit(raw);
  if (result < 0) throw_unknown_ref(repository, request);
  check(git_repository_set_head_detached(repository, git_object_id(commit.get())), "switch to the commit");
}

/// Fills the work tree; returns the commit, or nothing if there is none yet.
std::string check_out(git_repository* repository) {
  if (git_repository_head_unborn(repository) == 1) return {};
  git_checkout_options options = GIT_CHECKOUT_OPTIONS_INIT;
  options.checkout_strategy = GIT_CHECKOUT_FORCE;
  check(git_checkout_head(repository, &options), "check out the files");
  git_oid id{};
  check(git_reference_name_to_id(&id, repository, "HEAD"), "read HEAD");
  return to_text(id);
}

}  // namespace

std::string shown_url(const std::string& url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return url;
  const std::size_t begin = scheme + 3;
  const std::size_t end = std::min(url.find('/', begin), url.size());
  const std::size_t at = url.rfind('@', end);
  if (at == std::string::npos || at < begin) return url;
  return url.substr(0, begin) + url.substr(at + 1);
}

std::string clone(const CloneRequest& request) {
  prepare_libgit2();
  StagedDirectory staged(request.destination);
  std::string commit;
  {
    const RepositoryHandle repository = transfer_all(request, staged.path());
    if (!request.ref.empty()) select_ref(repository.get(), request);
    commit = check_out(repository.get());
  }
  staged.publish();
  return commit;
}

}  // namespace git
