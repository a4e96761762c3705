#include "accounts/random_text.h"

#include <sodium.h>

#include "base/ascii.h"
#include "base/check.h"

namespace samovar::accounts {
namespace {

constexpr std::string_view kCodeLetters = "23456789abcdefghjkmnpqrstuvwxyz";  // 31: 79 bits in a code
constexpr size_t kCodeGroups = 4;
constexpr size_t kGroupLetters = 4;

}  // namespace

std::string make_random_hex(size_t n_bytes) {
  CHECK(sodium_init() >= 0);
  std::string bytes(n_bytes, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return to_hex(bytes);
}

std::string make_user_id() { return "u" + make_random_hex(12); }

std::string make_code() {
  CHECK(sodium_init() >= 0);
  std::string out;
  for (size_t i = 0; i < kCodeGroups * kGroupLetters; ++i) {
    if (i > 0 && i % kGroupLetters == 0) out += '-';
    out += kCodeLetters[randombytes_uniform(static_cast<uint32_t>(kCodeLetters.size()))];
  }
  return out;
}

std::string tidy_code(std::string_view typed) {
  std::string out;
  size_t n_letters = 0;
  for (const char c : to_lower(typed)) {
    if (c == '-' || c == ' ' || c == '\t') continue;
    if (n_letters > 0 && n_letters % kGroupLetters == 0) out += '-';
    out += c;
    ++n_letters;
  }
  return out;
}

std::string hash_token(std::string_view token) {
  std::string hash(crypto_generichash_BYTES, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(),
                     reinterpret_cast<const unsigned char*>(token.data()), token.size(), nullptr, 0);
  return to_hex(hash);
}

bool are_same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace samovar::accounts
