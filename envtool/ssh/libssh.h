// The functions of libssh that this folder calls (base/library.h).
#pragma once

#include <libssh/libssh.h>

#include "envtool/base/library.h"

namespace ssh {

inline constinit base::Library libssh{ENVTOOL_LIBSSH};
template <typename Function>
using FromLibssh = base::LoadedFunction<libssh, Function>;

inline constinit FromLibssh<decltype(::ssh_channel_free)> ssh_channel_free{"ssh_channel_free"};
inline constinit FromLibssh<decltype(::ssh_channel_get_exit_status)> ssh_channel_get_exit_status{"ssh_channel_get_exit_status"};
inline constinit FromLibssh<decltype(::ssh_channel_is_eof)> ssh_channel_is_eof{"ssh_channel_is_eof"};
inline constinit FromLibssh<decltype(::ssh_channel_is_open)> ssh_channel_is_open{"ssh_channel_is_open"};
inline constinit FromLibssh<decltype(::ssh_channel_new)> ssh_channel_new{"ssh_channel_new"};
inline constinit FromLibssh<decltype(::ssh_channel_open_session)> ssh_channel_open_session{"ssh_channel_open_session"};
inline constinit FromLibssh<decltype(::ssh_channel_read_timeout)> ssh_channel_read_timeout{"ssh_channel_read_timeout"};
inline constinit FromLibssh<decltype(::ssh_channel_request_env)> ssh_channel_request_env{"ssh_channel_request_env"};
inline constinit FromLibssh<decltype(::ssh_channel_request_exec)> ssh_channel_request_exec{"ssh_channel_request_exec"};
inline constinit FromLibssh<decltype(::ssh_channel_send_eof)> ssh_channel_send_eof{"ssh_channel_send_eof"};
inline constinit FromLibssh<decltype(::ssh_connect)> ssh_connect{"ssh_connect"};
inline constinit FromLibssh<decltype(::ssh_disconnect)> ssh_disconnect{"ssh_disconnect"};
inline constinit FromLibssh<decltype(::ssh_free)> ssh_free{"ssh_free"};
inline constinit FromLibssh<decltype(::ssh_get_error)> ssh_get_error{"ssh_get_error"};
inline constinit FromLibssh<decltype(::ssh_get_server_publickey)> ssh_get_server_publickey{"ssh_get_server_publickey"};
inline constinit FromLibssh<decltype(::ssh_get_serverbanner)> ssh_get_serverbanner{"ssh_get_serverbanner"};
inline constinit FromLibssh<decltype(::ssh_key_free)> ssh_key_free{"ssh_key_free"};
inline constinit FromLibssh<decltype(::ssh_key_type)> ssh_key_type{"ssh_key_type"};
inline constinit FromLibssh<decltype(::ssh_key_type_to_char)> ssh_key_type_to_char{"ssh_key_type_to_char"};
inline constinit FromLibssh<decltype(::ssh_new)> ssh_new{"ssh_new"};
inline constinit FromLibssh<decltype(::ssh_options_set)> ssh_options_set{"ssh_options_set"};
inline constinit FromLibssh<decltype(::ssh_pki_export_pubkey_base64)> ssh_pki_export_pubkey_base64{"ssh_pki_export_pubkey_base64"};
inline constinit FromLibssh<decltype(::ssh_pki_import_privkey_base64)> ssh_pki_import_privkey_base64{"ssh_pki_import_privkey_base64"};
inline constinit FromLibssh<decltype(::ssh_string_free_char)> ssh_string_free_char{"ssh_string_free_char"};
inline constinit FromLibssh<decltype(::ssh_userauth_publickey)> ssh_userauth_publickey{"ssh_userauth_publickey"};

}  // namespace ssh
