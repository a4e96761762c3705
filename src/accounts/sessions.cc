#include "accounts/sessions.h"

#include <sodium.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "accounts/random_text.h"
#include "base/ascii.h"

namespace samovar::accounts {
namespace {

constexpr std::string_view kVersion = "1";
constexpr std::string_view kNoUser = "-";
constexpr size_t kParts = 7;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> out;
  while (out.size() <= kParts) {
    const size_t dot = text.find('.');
    out.push_back(text.substr(0, dot));
    if (dot == std::string_view::npos) break;
    text.remove_prefix(dot + 1);
  }
  return out;
}

bool parse_whole(std::string_view text, int64_t& to) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

}  // namespace

SessionSigner::SessionSigner(std::string_view secret, std::string_view purpose) {
  // Keyed by the secret's hash: a key of BLAKE2b may have 64 bytes at most.
  std::array<unsigned char, crypto_generichash_BYTES> hashed{};
  crypto_generichash(hashed.data(), hashed.size(), bytes_of(secret), secret.size(), nullptr, 0);
  crypto_generichash(key_.data(), key_.size(), bytes_of(purpose), purpose.size(), hashed.data(),
                     hashed.size());
}

std::string SessionSigner::mac_of(std::string_view text) const {
  std::string mac(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256(reinterpret_cast<unsigned char*>(mac.data()), bytes_of(text), text.size(),
                         key_.data());
  return to_hex(mac);
}

std::string SessionSigner::sign(const Session& session) const {
  std::string text(kVersion);
  text += "." + (session.user.empty() ? std::string(kNoUser) : session.user) + "." + session.id;
  for (const int64_t number : {session.epoch, session.issued_s, session.expires_s})
    text += "." + std::to_string(number);
  return text + "." + mac_of(text);
}

std::optional<Session> SessionSigner::read(std::string_view text, int64_t now_s) const {
  const std::vector<std::string_view> parts = split(text);
  if (parts.size() != kParts || parts[0] != kVersion) return std::nullopt;
  if (!are_same(mac_of(text.substr(0, text.rfind('.'))), parts.back())) return std::nullopt;
  Session session;
  session.user = parts[1] == kNoUser ? "" : parts[1];
  session.id = parts[2];
  if (!parse_whole(parts[3], session.epoch) || !parse_whole(parts[4], session.issued_s) ||
      !parse_whole(parts[5], session.expires_s) || session.expires_s <= now_s) {
    return std::nullopt;
  }
  return session;
}

int64_t SessionSigner::fingerprint(std::string_view text) const {
  int64_t number = 0;
  const std::string mac = mac_of("fingerprint " + std::string(text));
  constexpr size_t kDigits = 15;  // fits into 63 bits
  std::from_chars(mac.data(), mac.data() + kDigits, number, 16);
  return number;
}

std::string make_session_cookie(const http::Request& request, const std::string& value, int64_t lives_s) {
  return std::string(kSessionCookie) + "=" + value + "; Path=/; Max-Age=" + std::to_string(lives_s) +
         "; HttpOnly; SameSite=Lax" + (request.is_secure ? "; Secure" : "");
}

std::string make_cookie_end(const http::Request& request, std::string_view name) {
  return std::string(name) + "=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax" +
         (request.is_secure ? "; Secure" : "");
}

}  // namespace samovar::accounts
