// The functions of libarchive that tar_stream.cc calls (base/library.h).
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include "envtool/base/library.h"

namespace tar_stream {

inline constinit base::Library libarchive{ENVTOOL_LIBARCHIVE};
template <typename Function>
using FromLibarchive = base::LoadedFunction<libarchive, Function>;

inline constinit FromLibarchive<decltype(::archive_entry_clear)> archive_entry_clear{"archive_entry_clear"};
inline constinit FromLibarchive<decltype(::archive_entry_filetype)> archive_entry_filetype{"archive_entry_filetype"};
inline constinit FromLibarchive<decltype(::archive_entry_free)> archive_entry_free{"archive_entry_free"};
inline constinit FromLibarchive<decltype(::archive_entry_gid)> archive_entry_gid{"archive_entry_gid"};
inline constinit FromLibarchive<decltype(::archive_entry_gname)> archive_entry_gname{"archive_entry_gname"};
inline constinit FromLibarchive<decltype(::archive_entry_hardlink)> archive_entry_hardlink{"archive_entry_hardlink"};
inline constinit FromLibarchive<decltype(::archive_entry_mtime)> archive_entry_mtime{"archive_entry_mtime"};
inline constinit FromLibarchive<decltype(::archive_entry_new)> archive_entry_new{"archive_entry_new"};
inline constinit FromLibarchive<decltype(::archive_entry_pathname)> archive_entry_pathname{"archive_entry_pathname"};
inline constinit FromLibarchive<decltype(::archive_entry_perm)> archive_entry_perm{"archive_entry_perm"};
inline constinit FromLibarchive<decltype(::archive_entry_set_filetype)> archive_entry_set_filetype{"archive_entry_set_filetype"};
inline constinit FromLibarchive<decltype(::archive_entry_set_gid)> archive_entry_set_gid{"archive_entry_set_gid"};
inline constinit FromLibarchive<decltype(::archive_entry_set_gname)> archive_entry_set_gname{"archive_entry_set_gname"};
inline constinit FromLibarchive<decltype(::archive_entry_set_hardlink)> archive_entry_set_hardlink{"archive_entry_set_hardlink"};
inline constinit FromLibarchive<decltype(::archive_entry_set_mtime)> archive_entry_set_mtime{"archive_entry_set_mtime"};
inline constinit FromLibarchive<decltype(::archive_entry_set_pathname)> archive_entry_set_pathname{"archive_entry_set_pathname"};
inline constinit FromLibarchive<decltype(::archive_entry_set_perm)> archive_entry_set_perm{"archive_entry_set_perm"};
inline constinit FromLibarchive<decltype(::archive_entry_set_size)> archive_entry_set_size{"archive_entry_set_size"};
inline constinit FromLibarchive<decltype(::archive_entry_set_symlink)> archive_entry_set_symlink{"archive_entry_set_symlink"};
inline constinit FromLibarchive<decltype(::archive_entry_set_uid)> archive_entry_set_uid{"archive_entry_set_uid"};
inline constinit FromLibarchive<decltype(::archive_entry_set_uname)> archive_entry_set_uname{"archive_entry_set_uname"};
inline constinit FromLibarchive<decltype(::archive_entry_size)> archive_entry_size{"archive_entry_size"};
inline constinit FromLibarchive<decltype(::archive_entry_symlink)> archive_entry_symlink{"archive_entry_symlink"};
inline constinit FromLibarchive<decltype(::archive_entry_uid)> archive_entry_uid{"archive_entry_uid"};
inline constinit FromLibarchive<decltype(::archive_entry_uname)> archive_entry_uname{"archive_entry_uname"};
inline constinit FromLibarchive<decltype(::archive_error_string)> archive_error_string{"archive_error_string"};
inline constinit FromLibarchive<decltype(::archive_read_data_block)> archive_read_data_block{"archive_read_data_block"};
inline constinit FromLibarchive<decltype(::archive_read_extract)> archive_read_extract{"archive_read_extract"};
inline constinit FromLibarchive<decltype(::archive_read_free)> archive_read_free{"archive_read_free"};
inline constinit FromLibarchive<decltype(::archive_read_new)> archive_read_new{"archive_read_new"};
inline constinit FromLibarchive<decltype(::archive_read_next_header)> archive_read_next_header{"archive_read_next_header"};
inline constinit FromLibarchive<decltype(::archive_read_open)> archive_read_open{"archive_read_open"};
inline constinit FromLibarchive<decltype(::archive_read_support_filter_bzip2)> archive_read_support_filter_bzip2{"archive_read_support_filter_bzip2"};
inline constinit FromLibarchive<decltype(::archive_read_support_filter_gzip)> archive_read_support_filter_gzip{"archive_read_support_filter_gzip"};
inline constinit FromLibarchive<decltype(::archive_read_support_filter_xz)> archive_read_support_filter_xz{"archive_read_support_filter_xz"};
inline constinit FromLibarchive<decltype(::archive_read_support_filter_zstd)> archive_read_support_filter_zstd{"archive_read_support_filter_zstd"};
inline constinit FromLibarchive<decltype(::archive_read_support_format_empty)> archive_read_support_format_empty{"archive_read_support_format_empty"};
inline constinit FromLibarchive<decltype(::archive_read_support_format_tar)> archive_read_support_format_tar{"archive_read_support_format_tar"};
inline constinit FromLibarchive<decltype(::archive_write_close)> archive_write_close{"archive_write_close"};
inline constinit FromLibarchive<decltype(::archive_write_data)> archive_write_data{"archive_write_data"};
inline constinit FromLibarchive<decltype(::archive_write_free)> archive_write_free{"archive_write_free"};
inline constinit FromLibarchive<decltype(::archive_write_header)> archive_write_header{"archive_write_header"};
inline constinit FromLibarchive<decltype(::archive_write_new)> archive_write_new{"archive_write_new"};
inline constinit FromLibarchive<decltype(::archive_write_open)> archive_write_open{"archive_write_open"};
inline constinit FromLibarchive<decltype(::archive_write_set_bytes_in_last_block)> archive_write_set_bytes_in_last_block{"archive_write_set_bytes_in_last_block"};
inline constinit FromLibarchive<decltype(::archive_write_set_bytes_per_block)> archive_write_set_bytes_per_block{"archive_write_set_bytes_per_block"};
inline constinit FromLibarchive<decltype(::archive_write_set_format_gnutar)> archive_write_set_format_gnutar{"archive_write_set_format_gnutar"};

}  // namespace tar_stream
