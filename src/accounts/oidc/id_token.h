// What an OpenID provider says about somebody (OpenID Connect Core 1.0, 3.1.3.7). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/oidc/signing_keys.h"
#include "base/result.h"

namespace samovar::accounts {

struct Claims {
  std::string subject;
  std::string name;   // preferred_username, else name; ""
  std::string email;  // ""
  bool email_verified = false;

  // Takes what `more` says and this does not.
  void add(const Claims& more);
};

struct Expected {
  std::string issuer;
  std::string client_id;
  std::string nonce;
  int64_t now_s = 0;  // Unix time
};

// kNotFound when none of the keys has the token's id: there may be newer ones. kUnauthorized, saying what is
// wrong, for a token that is not to be believed.
[[nodiscard]] Result<Claims> read_id_token(std::string_view token, const std::vector<SigningKey>& keys,
                                           const Expected& expected);

// The answer of the userinfo endpoint. kCorrupt.
[[nodiscard]] Result<Claims> parse_claims(std::string_view json);

}  // namespace samovar::accounts
