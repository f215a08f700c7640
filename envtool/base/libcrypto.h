// The functions of libcrypto that this folder and `ssh` call (base/library.h).
#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "envtool/base/library.h"

namespace base {

inline constinit Library libcrypto{ENVTOOL_LIBCRYPTO};
template <typename Function>
using FromLibcrypto = LoadedFunction<libcrypto, Function>;

inline constinit FromLibcrypto<decltype(::EVP_DecodeBlock)> EVP_DecodeBlock{"EVP_DecodeBlock"};
inline constinit FromLibcrypto<decltype(::EVP_Digest)> EVP_Digest{"EVP_Digest"};
inline constinit FromLibcrypto<decltype(::EVP_DigestFinal_ex)> EVP_DigestFinal_ex{"EVP_DigestFinal_ex"};
inline constinit FromLibcrypto<decltype(::EVP_DigestInit_ex)> EVP_DigestInit_ex{"EVP_DigestInit_ex"};
inline constinit FromLibcrypto<decltype(::EVP_DigestUpdate)> EVP_DigestUpdate{"EVP_DigestUpdate"};
inline constinit FromLibcrypto<decltype(::EVP_EncodeBlock)> EVP_EncodeBlock{"EVP_EncodeBlock"};
inline constinit FromLibcrypto<decltype(::EVP_MD_CTX_free)> EVP_MD_CTX_free{"EVP_MD_CTX_free"};
inline constinit FromLibcrypto<decltype(::EVP_MD_CTX_new)> EVP_MD_CTX_new{"EVP_MD_CTX_new"};
inline constinit FromLibcrypto<decltype(::EVP_MD_fetch)> EVP_MD_fetch{"EVP_MD_fetch"};
inline constinit FromLibcrypto<decltype(::EVP_PKEY_free)> EVP_PKEY_free{"EVP_PKEY_free"};
inline constinit FromLibcrypto<decltype(::EVP_PKEY_get_raw_public_key)> EVP_PKEY_get_raw_public_key{"EVP_PKEY_get_raw_public_key"};
inline constinit FromLibcrypto<decltype(::EVP_PKEY_new_raw_private_key)> EVP_PKEY_new_raw_private_key{"EVP_PKEY_new_raw_private_key"};
inline constinit FromLibcrypto<decltype(::EVP_Q_digest)> EVP_Q_digest{"EVP_Q_digest"};
inline constinit FromLibcrypto<decltype(::EVP_sha1)> EVP_sha1{"EVP_sha1"};
inline constinit FromLibcrypto<decltype(::EVP_sha256)> EVP_sha256{"EVP_sha256"};
inline constinit FromLibcrypto<decltype(::HMAC)> HMAC{"HMAC"};
inline constinit FromLibcrypto<decltype(::RAND_bytes)> RAND_bytes{"RAND_bytes"};

}  // namespace base
