#include "accounts/sealed.h"

#include <sodium.h>

#include "base/ascii.h"
#include "base/check.h"

namespace samovar::accounts {
namespace {

constexpr int kBase64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

const unsigned char* unsigned_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* unsigned_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

Sealer::Sealer(std::string_view secret, std::string_view purpose) {
  std::array<unsigned char, crypto_generichash_BYTES> hashed{};
  crypto_generichash(hashed.data(), hashed.size(), unsigned_of(secret), secret.size(), nullptr, 0);
  crypto_generichash(key_.data(), key_.size(), unsigned_of(purpose), purpose.size(), hashed.data(),
                     hashed.size());
}

std::string Sealer::seal(std::string_view text) const {
  CHECK(sodium_init() >= 0);
  std::string out(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + text.size(), '\0');
  randombytes_buf(out.data(), crypto_secretbox_NONCEBYTES);
  crypto_secretbox_easy(unsigned_of(out) + crypto_secretbox_NONCEBYTES, unsigned_of(text), text.size(),
                        unsigned_of(out), key_.data());
  return encode_base64url(out);
}

std::optional<std::string> Sealer::open(std::string_view sealed) const {
  const auto bytes = decode_base64url(sealed);
  constexpr size_t kAdded = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  if (!bytes || bytes->size() < kAdded) return std::nullopt;
  std::string text(bytes->size() - kAdded, '\0');
  const std::string_view box = std::string_view(*bytes).substr(crypto_secretbox_NONCEBYTES);
  if (crypto_secretbox_open_easy(unsigned_of(text), unsigned_of(box), box.size(), unsigned_of(*bytes),
                                 key_.data()) != 0) {
    return std::nullopt;
  }
  return text;
}

std::string encode_base64url(std::string_view bytes) {
  std::string out(sodium_base64_encoded_len(bytes.size(), kBase64), '\0');
  sodium_bin2base64(out.data(), out.size(), unsigned_of(bytes), bytes.size(), kBase64);
  out.resize(out.size() - 1);  // its NUL
  return out;
}

std::optional<std::string> decode_base64url(std::string_view text) {
  std::string out(text.size(), '\0');
  size_t n = 0;
  const char* end = nullptr;
  if (sodium_base642bin(unsigned_of(out), out.size(), text.data(), text.size(), nullptr, &n, &end, kBase64) !=
          0 ||
      end != text.data() + text.size()) {
    return std::nullopt;
  }
  out.resize(n);
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_word(c) || c == '-' || c == '.' || c == '~') {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
  }
  return out;
}

}  // namespace samovar::accounts
