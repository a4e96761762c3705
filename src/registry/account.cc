#include "registry/account.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/check.h"
#include "catalog/digest.h"
#include "catalog/store_files.h"
#include "http/client.h"

namespace samovar::registry {
namespace {

constexpr size_t kSeedBytes = 32;
constexpr size_t kMaxKeyFileBytes = 16384;
constexpr std::string_view kMagic("openssh-key-v1\0", 15);

std::string encode_base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(size));
  return out;
}

// "" for what is not Base64.
std::string decode_base64(const std::string& text) {
  std::string out(text.size() / 4 * 3 + 3, '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  out.resize(size < 0 ? 0 : static_cast<size_t>(size));
  return out;
}

// Reads OpenSSH's fields: four bytes of length, then as many bytes.
class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) : rest_(bytes) {}

  uint32_t number() {
    if (rest_.size() < 4) return fail<uint32_t>();
    uint32_t value = 0;
    for (size_t i = 0; i < 4; ++i) value = (value << 8U) | static_cast<unsigned char>(rest_[i]);
    rest_.remove_prefix(4);
    return value;
  }
  std::string field() {
    const uint32_t size = number();
    if (rest_.size() < size) return fail<std::string>();
    std::string value(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return value;
  }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  template <typename T>
  T fail() {
    ok_ = false;
    rest_ = {};
    return T{};
  }
  std::string_view rest_;
  bool ok_ = true;
};

std::string pem_body(std::string_view text) {
  constexpr std::string_view kBegin = "-----BEGIN OPENSSH PRIVATE KEY-----";
  const size_t begin = text.find(kBegin);
  const size_t end = text.find("-----END OPENSSH PRIVATE KEY-----");
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return {};
  std::string body;
  for (const char c : text.substr(begin + kBegin.size(), end - begin - kBegin.size())) {
    if (c != '\n' && c != '\r' && c != ' ') body += c;
  }
  return body;
}

}  // namespace

Result<AccountKey> AccountKey::parse(std::string_view text) {
  const Error corrupt{Code::kCorrupt, "not an OpenSSH private key"};
  const std::string bytes = decode_base64(pem_body(text));
  if (!bytes.starts_with(kMagic)) return corrupt;
  FieldReader outer(std::string_view(bytes).substr(kMagic.size()));
  const std::string cipher = outer.field();
  outer.field();  // how a passphrase is stretched
  outer.field();
  if (outer.ok() && cipher != "none") return Error{Code::kUnsupported, "the key has a passphrase"};
  if (outer.number() != 1) return corrupt;
  const std::string public_blob = outer.field();
  const std::string secret = outer.field();
  FieldReader inner(secret);
  const uint32_t check = inner.number();
  if (!outer.ok() || check != inner.number()) return corrupt;
  if (inner.field() != "ssh-ed25519") return Error{Code::kUnsupported, "the key is not an Ed25519 key"};
  inner.field();  // the public half again
  const std::string both = inner.field();
  if (!inner.ok() || both.size() != 2 * kSeedBytes) return corrupt;
  return AccountKey(both.substr(0, kSeedBytes), public_blob);
}

std::optional<AccountKey> AccountKey::of_this_user() {
  const char* home = std::getenv("HOME");
  if (home == nullptr) return std::nullopt;
  const auto text =
      catalog::load_text(std::filesystem::path(home) / ".ollama" / "id_ed25519", kMaxKeyFileBytes);
  if (!text) return std::nullopt;
  Result<AccountKey> key = parse(*text);
  if (!key) return std::nullopt;
  return *std::move(key);
}

std::string AccountKey::authorize_get(std::string_view url) const {
  const std::string said = "GET," + std::string(url) + "," + encode_base64(catalog::hash_text(""));
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                   reinterpret_cast<const unsigned char*>(seed_.data()), seed_.size()),
      EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  CHECK(key != nullptr && context != nullptr);
  CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  std::array<unsigned char, 64> signature{};
  size_t size = signature.size();
  CHECK(EVP_DigestSign(context.get(), signature.data(), &size,
                       reinterpret_cast<const unsigned char*>(said.data()), said.size()) == 1);
  return encode_base64(public_blob_) + ":" +
         encode_base64({reinterpret_cast<const char*>(signature.data()), size});
}

bool wants_signature(std::string_view realm_url) {
  const std::string origin = http::url_origin(realm_url);
  if (!origin.starts_with("https://")) return false;
  const std::string host = origin.substr(8);
  for (const std::string known : {"ollama.com", "ollama.ai"}) {
    if (host == known || host.ends_with("." + known)) return true;
  }
  return false;
}

std::string make_nonce() {
  std::string bytes(16, '\0');
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) == 1);
  std::string text = encode_base64(bytes);
  text.resize(text.find('='));
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

}  // namespace samovar::registry
