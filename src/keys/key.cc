#include "keys/key.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/ascii.h"

namespace samovar::keys {
namespace {

constexpr size_t kSecretBytes = 32;
constexpr size_t kIdBytes = 4;
constexpr auto kScopes = std::to_array<Scope>({Scope::kChat, Scope::kModels, Scope::kAdmin});

// What a number at the front of `text` is, and what stands behind it.
struct Figure {
  int64_t number = -1;
  std::string_view unit;
};

Figure split_figure(std::string_view text) {
  Figure out;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.number);
  if (error != std::errc()) out.number = -1;
  out.unit = text.substr(static_cast<size_t>(end - text.data()));
  return out;
}

}  // namespace

std::string_view to_string(Scope scope) {
  switch (scope) {
    case Scope::kChat:
      return "chat";
    case Scope::kModels:
      return "models";
    case Scope::kAdmin:
      return "admin";
  }
  return "";
}

bool Key::allows(Scope scope) const {
  return std::any_of(scopes.begin(), scopes.end(),
                     [scope](Scope own) { return own == scope || own == Scope::kAdmin; });
}

std::string hash_secret(std::string_view secret) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int n = 0;
  if (EVP_Digest(secret.data(), secret.size(), digest.data(), &n, EVP_sha256(), nullptr) != 1) return {};
  return to_hex({reinterpret_cast<const char*>(digest.data()), n});
}

Result<NewKey> make_key(KeyWish wish) {
  std::array<unsigned char, kSecretBytes + kIdBytes> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    return Error{Code::kInternal, "the system gives no random bytes"};
  }
  NewKey out;
  const std::string digits = to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  out.secret = "sk-samovar-" + digits.substr(0, 2 * kSecretBytes);
  out.key.id = digits.substr(2 * kSecretBytes);
  out.key.name = std::move(wish.name);
  out.key.hash = hash_secret(out.secret);
  out.key.scopes = std::move(wish.scopes);
  out.key.created_s = wish.now_s;
  if (wish.lives_s > 0) out.key.expires_s = wish.now_s + wish.lives_s;
  out.key.per_minute = wish.per_minute;
  out.key.user = std::move(wish.user);
  return out;
}

Result<std::vector<Scope>> parse_scopes(std::string_view text) {
  std::vector<Scope> out;
  while (true) {
    const std::string_view word = text.substr(0, text.find(','));
    const auto found = std::find_if(kScopes.begin(), kScopes.end(),
                                    [word](Scope scope) { return to_string(scope) == word; });
    if (found == kScopes.end()) {
      return Error{Code::kInvalidArgument,
                   "scope '" + std::string(word) + "' is none of chat, models and admin"};
    }
    if (std::find(out.begin(), out.end(), *found) == out.end()) out.push_back(*found);
    if (word.size() == text.size()) return out;
    text.remove_prefix(word.size() + 1);
  }
}

Result<int64_t> parse_life(std::string_view text) {
  constexpr int64_t kMostSeconds = int64_t{100} * 366 * 86'400;
  const Figure figure = split_figure(text);
  const int64_t second = figure.unit == "d"   ? 86'400
                         : figure.unit == "h" ? 3'600
                         : figure.unit == "m" ? 60
                         : figure.unit == "s" ? 1
                                              : 0;
  if (figure.number <= 0 || second == 0 || figure.number > kMostSeconds / second) {
    return Error{Code::kInvalidArgument,
                 "'" + std::string(text) + "': expected a time such as 30d, 12h, 45m or 90s"};
  }
  return figure.number * second;
}

Result<int64_t> parse_rate(std::string_view text) {
  const Figure figure = split_figure(text);
  const bool is_unit = figure.unit.empty() || figure.unit == "/min" || figure.unit == "/m";
  if (figure.number <= 0 || figure.number > 1'000'000 || !is_unit) {
    return Error{Code::kInvalidArgument,
                 "'" + std::string(text) + "': expected requests a minute, such as 60/min"};
  }
  return figure.number;
}

}  // namespace samovar::keys
