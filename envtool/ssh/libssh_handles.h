// libssh's handles, freed when they go out of scope. Included by sources that include libssh anyway, by no header.
#pragma once


#include <memory>
#include <string>

#include "envtool/ssh/libssh.h"

namespace ssh {

struct KeyDeleter {
  void operator()(ssh_key key) const { ssh_key_free(key); }
};
struct TextDeleter {
  void operator()(char* text) const { ssh_string_free_char(text); }
};
struct SessionDeleter {
  void operator()(ssh_session session) const {
    ssh_disconnect(session);
    ssh_free(session);
  }
};
struct ChannelDeleter {
  void operator()(ssh_channel channel) const { ssh_channel_free(channel); }
};

using KeyHandle = std::unique_ptr<ssh_key_struct, KeyDeleter>;
using TextHandle = std::unique_ptr<char, TextDeleter>;
using SessionHandle = std::unique_ptr<ssh_session_struct, SessionDeleter>;
using ChannelHandle = std::unique_ptr<ssh_channel_struct, ChannelDeleter>;

/// Throws base::Error if libssh can't read the text.
KeyHandle import_private_key(const std::string& text);

}  // namespace ssh
