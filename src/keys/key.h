// API keys as plain values. A key is 256 random bits that only its owner knows; the server keeps their
// SHA-256.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace samovar::keys {

enum class Scope : uint8_t {
  kChat,    // answers, embeddings, tokens
  kModels,  // fetching, making, copying and removing models
  kAdmin    // everything
};

[[nodiscard]] std::string_view to_string(Scope scope);

struct Key {
  std::string id;    // eight hex digits: what people call it by
  std::string name;  // for people
  std::string hash;  // hex SHA-256 of the secret
  std::vector<Scope> scopes;
  int64_t created_s = 0;   // Unix time
  int64_t expires_s = 0;   // Unix time; 0: never
  int64_t per_minute = 0;  // requests; 0: any number
  std::string user;        // id of the account that it belongs to; "": nobody's

  [[nodiscard]] bool allows(Scope scope) const;
};

struct NewKey {
  Key key;
  std::string secret;  // "sk-samovar-" and 64 hex digits; kept nowhere
};

struct KeyWish {
  std::string name;
  std::vector<Scope> scopes;
  int64_t now_s = 0;
  int64_t lives_s = 0;  // 0: for ever
  int64_t per_minute = 0;
  std::string user;
};

// Fails with kInternal when the system gives no random bytes.
[[nodiscard]] Result<NewKey> make_key(KeyWish wish);

[[nodiscard]] std::string hash_secret(std::string_view secret);

// "chat,models"; "30d", "12h", "45m", "90s"; "60", "60/min". Fail with kInvalidArgument, naming the value.
[[nodiscard]] Result<std::vector<Scope>> parse_scopes(std::string_view text);
[[nodiscard]] Result<int64_t> parse_life(std::string_view text);
[[nodiscard]] Result<int64_t> parse_rate(std::string_view text);

}  // namespace samovar::keys
