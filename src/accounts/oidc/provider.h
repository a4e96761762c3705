// An OpenID provider: its addresses and keys, fetched when needed and kept for an hour, and the exchange of
// codes for tokens. Thread-safe; callbacks come on the client's thread, or before the call returns, and must
// not block.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "accounts/oidc/id_token.h"
#include "accounts/options.h"
#include "http/client.h"

namespace samovar::accounts {

struct ProviderPlaces {
  std::string issuer, authorization, token, userinfo, keys;  // userinfo may be ""
  bool takes_basic = true;  // the client's secret in the Authorization header, else in the body
};

// kCorrupt, naming what is missing.
[[nodiscard]] Result<ProviderPlaces> parse_places(std::string_view json, const std::string& issuer);

struct CodeToRedeem {
  std::string code;
  std::string verifier;  // of PKCE
  std::string nonce;
};

class Provider : public std::enable_shared_from_this<Provider> {
 public:
  // `client` outlives all calls.
  Provider(OidcOptions options, http::Client* client, std::function<int64_t()> wall_ms);

  template <typename T>
  using Callback = std::function<void(Result<T>)>;

  // kUnavailable when the provider does not answer as one.
  void find_places(Callback<ProviderPlaces> done);
  // Who has logged in there. Fails as find_places() and read_id_token() do.
  void redeem(const CodeToRedeem& code, Callback<Claims> done);

  // Where the provider sends browsers back to.
  [[nodiscard]] std::string redirect_url() const;

 private:
  struct Tokens {
    std::string id_token, access_token;
  };
  enum class Keys { kKept, kFresh };
  void fetch(http::ClientRequest request, const char* what, Callback<std::string> done);
  void with_keys(const ProviderPlaces& places, Keys which, Callback<std::vector<SigningKey>> done);
  void exchange(const ProviderPlaces& places, const CodeToRedeem& code, Callback<Tokens> done);
  void check(const ProviderPlaces& places, const Tokens& tokens, const Expected& expected, Keys which,
             Callback<Claims> done);
  void complete(const ProviderPlaces& places, const Tokens& tokens, Claims claims, Callback<Claims> done);

  const OidcOptions options_;
  http::Client* const client_;
  const std::function<int64_t()> wall_ms_;
  std::mutex mutex_;
  ProviderPlaces places_;         // guarded by mutex_
  int64_t places_ms_ = 0;         // guarded by mutex_; when they were fetched, 0: not yet
  std::vector<SigningKey> keys_;  // guarded by mutex_
  int64_t keys_ms_ = 0;           // guarded by mutex_
};

}  // namespace samovar::accounts
