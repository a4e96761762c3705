// The public keys with which an OpenID provider's tokens are checked (RFC 7517, 7515, 7518): RSA for RS256,
// P-256 for ES256. Values; any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct evp_pkey_st;

namespace samovar::accounts {

struct SigningKey {
  std::string id;   // "kid"; may be ""
  std::string alg;  // "RS256" or "ES256"
  std::shared_ptr<evp_pkey_st> key;
};

// Keys of other kinds, and for other uses than signing, are left out. kCorrupt when it is no key set.
[[nodiscard]] Result<std::vector<SigningKey>> parse_signing_keys(std::string_view json);

// Whether `signature` (bytes) is that key's for `text`.
[[nodiscard]] bool has_signed(const SigningKey& key, std::string_view text, std::string_view signature);

}  // namespace samovar::accounts
