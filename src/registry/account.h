// The key that a user of ollama.com has in ~/.ollama/id_ed25519 (OpenSSH's format, without a passphrase),
// with which requests for tokens are signed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace samovar::registry {

class AccountKey {
 public:
  // The text of a private key file. kUnsupported: another kind of key, or a passphrase; kCorrupt.
  [[nodiscard]] static Result<AccountKey> parse(std::string_view text);

  // The key of this user, if there is one that can be used.
  [[nodiscard]] static std::optional<AccountKey> of_this_user();

  // "<public key>:<signature>" in Base64: the Authorization header that asks for `url`.
  [[nodiscard]] std::string authorize_get(std::string_view url) const;

 private:
  AccountKey(std::string seed, std::string public_blob)
      : seed_(std::move(seed)), public_blob_(std::move(public_blob)) {}

  std::string seed_;         // 32 bytes
  std::string public_blob_;  // as OpenSSH writes it
};

// Whether ollama.com (or a host of its) is asked: nobody else gets a signature.
[[nodiscard]] bool wants_signature(std::string_view realm_url);

// 16 random bytes in Base64 for addresses.
[[nodiscard]] std::string make_nonce();

}  // namespace samovar::registry
