// The functions of libgit2 that this folder calls (base/library.h). Included by libgit2.h.
#pragma once

#include <git2.h>
#include <git2/sys/repository.h>
#include <git2/sys/stream.h>

#include "envtool/base/library.h"

namespace git {

inline constinit base::Library libgit2{ENVTOOL_LIBGIT2};
template <typename Function>
using FromLibgit2 = base::LoadedFunction<libgit2, Function>;

inline constinit FromLibgit2<decltype(::git_branch_create)> git_branch_create{"git_branch_create"};
inline constinit FromLibgit2<decltype(::git_branch_lookup)> git_branch_lookup{"git_branch_lookup"};
inline constinit FromLibgit2<decltype(::git_branch_set_upstream)> git_branch_set_upstream{"git_branch_set_upstream"};
inline constinit FromLibgit2<decltype(::git_buf_dispose)> git_buf_dispose{"git_buf_dispose"};
inline constinit FromLibgit2<decltype(::git_checkout_head)> git_checkout_head{"git_checkout_head"};
inline constinit FromLibgit2<decltype(::git_clone)> git_clone{"git_clone"};
inline constinit FromLibgit2<decltype(::git_commit_create)> git_commit_create{"git_commit_create"};
inline constinit FromLibgit2<decltype(::git_commit_free)> git_commit_free{"git_commit_free"};
inline constinit FromLibgit2<decltype(::git_commit_lookup)> git_commit_lookup{"git_commit_lookup"};
inline constinit FromLibgit2<decltype(::git_config_free)> git_config_free{"git_config_free"};
inline constinit FromLibgit2<decltype(::git_config_open_ondisk)> git_config_open_ondisk{"git_config_open_ondisk"};
inline constinit FromLibgit2<decltype(::git_credential_ssh_key_from_agent)> git_credential_ssh_key_from_agent{"git_credential_ssh_key_from_agent"};
inline constinit FromLibgit2<decltype(::git_credential_ssh_key_new)> git_credential_ssh_key_new{"git_credential_ssh_key_new"};
inline constinit FromLibgit2<decltype(::git_credential_username_new)> git_credential_username_new{"git_credential_username_new"};
inline constinit FromLibgit2<decltype(::git_describe_commit)> git_describe_commit{"git_describe_commit"};
inline constinit FromLibgit2<decltype(::git_describe_format)> git_describe_format{"git_describe_format"};
inline constinit FromLibgit2<decltype(::git_describe_result_free)> git_describe_result_free{"git_describe_result_free"};
inline constinit FromLibgit2<decltype(::git_error_last)> git_error_last{"git_error_last"};
inline constinit FromLibgit2<decltype(::git_error_set_str)> git_error_set_str{"git_error_set_str"};
inline constinit FromLibgit2<decltype(::git_index_add_all)> git_index_add_all{"git_index_add_all"};
inline constinit FromLibgit2<decltype(::git_index_free)> git_index_free{"git_index_free"};
inline constinit FromLibgit2<decltype(::git_index_write)> git_index_write{"git_index_write"};
inline constinit FromLibgit2<decltype(::git_index_write_tree)> git_index_write_tree{"git_index_write_tree"};
inline constinit FromLibgit2<decltype(::git_libgit2_init)> git_libgit2_init{"git_libgit2_init"};
inline constinit FromLibgit2<decltype(::git_libgit2_opts)> git_libgit2_opts{"git_libgit2_opts"};
inline constinit FromLibgit2<decltype(::git_object_free)> git_object_free{"git_object_free"};
inline constinit FromLibgit2<decltype(::git_object_id)> git_object_id{"git_object_id"};
inline constinit FromLibgit2<decltype(::git_object_lookup)> git_object_lookup{"git_object_lookup"};
inline constinit FromLibgit2<decltype(::git_oid_tostr)> git_oid_tostr{"git_oid_tostr"};
inline constinit FromLibgit2<decltype(::git_reference_free)> git_reference_free{"git_reference_free"};
inline constinit FromLibgit2<decltype(::git_reference_list)> git_reference_list{"git_reference_list"};
inline constinit FromLibgit2<decltype(::git_reference_lookup)> git_reference_lookup{"git_reference_lookup"};
inline constinit FromLibgit2<decltype(::git_reference_name)> git_reference_name{"git_reference_name"};
inline constinit FromLibgit2<decltype(::git_reference_name_to_id)> git_reference_name_to_id{"git_reference_name_to_id"};
inline constinit FromLibgit2<decltype(::git_reference_symbolic_target)> git_reference_symbolic_target{"git_reference_symbolic_target"};
inline constinit FromLibgit2<decltype(::git_reference_target)> git_reference_target{"git_reference_target"};
inline constinit FromLibgit2<decltype(::git_remote_free)> git_remote_free{"git_remote_free"};
inline constinit FromLibgit2<decltype(::git_remote_lookup)> git_remote_lookup{"git_remote_lookup"};
inline constinit FromLibgit2<decltype(::git_remote_url)> git_remote_url{"git_remote_url"};
inline constinit FromLibgit2<decltype(::git_repository_free)> git_repository_free{"git_repository_free"};
inline constinit FromLibgit2<decltype(::git_repository_head_unborn)> git_repository_head_unborn{"git_repository_head_unborn"};
inline constinit FromLibgit2<decltype(::git_repository_index)> git_repository_index{"git_repository_index"};
inline constinit FromLibgit2<decltype(::git_repository_init_ext)> git_repository_init_ext{"git_repository_init_ext"};
inline constinit FromLibgit2<decltype(::git_repository_is_bare)> git_repository_is_bare{"git_repository_is_bare"};
inline constinit FromLibgit2<decltype(::git_repository_open_ext)> git_repository_open_ext{"git_repository_open_ext"};
inline constinit FromLibgit2<decltype(::git_repository_path)> git_repository_path{"git_repository_path"};
inline constinit FromLibgit2<decltype(::git_repository_set_config)> git_repository_set_config{"git_repository_set_config"};
inline constinit FromLibgit2<decltype(::git_repository_set_head)> git_repository_set_head{"git_repository_set_head"};
inline constinit FromLibgit2<decltype(::git_repository_set_head_detached)> git_repository_set_head_detached{"git_repository_set_head_detached"};
inline constinit FromLibgit2<decltype(::git_revparse_single)> git_revparse_single{"git_revparse_single"};
inline constinit FromLibgit2<decltype(::git_signature_free)> git_signature_free{"git_signature_free"};
inline constinit FromLibgit2<decltype(::git_signature_new)> git_signature_new{"git_signature_new"};
inline constinit FromLibgit2<decltype(::git_status_list_entrycount)> git_status_list_entrycount{"git_status_list_entrycount"};
inline constinit FromLibgit2<decltype(::git_status_list_free)> git_status_list_free{"git_status_list_free"};
inline constinit FromLibgit2<decltype(::git_status_list_new)> git_status_list_new{"git_status_list_new"};
inline constinit FromLibgit2<decltype(::git_strarray_dispose)> git_strarray_dispose{"git_strarray_dispose"};
inline constinit FromLibgit2<decltype(::git_stream_register)> git_stream_register{"git_stream_register"};
inline constinit FromLibgit2<decltype(::git_tag_create)> git_tag_create{"git_tag_create"};
inline constinit FromLibgit2<decltype(::git_tree_free)> git_tree_free{"git_tree_free"};
inline constinit FromLibgit2<decltype(::git_tree_lookup)> git_tree_lookup{"git_tree_lookup"};

}  // namespace git
