#include "accounts/oidc/signing_keys.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "accounts/sealed.h"
#include "wire/json.h"

namespace samovar::accounts {
namespace {

constexpr size_t kCoordinateBytes = 32;
constexpr int kFewestRsaBits = 2048;

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* value) const {
    Free(value);
  }
};
using Number = std::unique_ptr<BIGNUM, Freer<BN_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Freer<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freer<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Freer<ECDSA_SIG_free>>;

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string text_of_member(const wire::Json& json, std::string_view name) {
  const wire::Json* member = json.member(name);
  return member != nullptr && member->kind == wire::Json::Kind::kString ? member->text : "";
}

// Null when a member is missing or no base64url.
Number read_number(const wire::Json& json, std::string_view name) {
  const auto bytes = decode_base64url(text_of_member(json, name));
  if (!bytes || bytes->empty()) return nullptr;
  return Number(BN_bin2bn(octets(*bytes), static_cast<int>(bytes->size()), nullptr));
}

std::shared_ptr<evp_pkey_st> make_public_key(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return {key, EVP_PKEY_free};
}

std::shared_ptr<evp_pkey_st> read_rsa(const wire::Json& json) {
  const Number n = read_number(json, "n");
  const Number e = read_number(json, "e");
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !builder || BN_num_bits(n.get()) < kFewestRsaBits) return nullptr;
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  return make_public_key("RSA", builder.get());
}

std::shared_ptr<evp_pkey_st> read_p256(const wire::Json& json) {
  const auto x = decode_base64url(text_of_member(json, "x"));
  const auto y = decode_base64url(text_of_member(json, "y"));
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  const bool fits = x && y && x->size() == kCoordinateBytes && y->size() == kCoordinateBytes;
  if (!fits || !builder || text_of_member(json, "crv") != "P-256") return nullptr;
  const std::string point = "\x04" + *x + *y;
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  return make_public_key("EC", builder.get());
}

// Tokens have the two numbers side by side, OpenSSL wants them as DER.
std::string to_der(std::string_view signature) {
  if (signature.size() != 2 * kCoordinateBytes) return "";
  const Signature parts(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(octets(signature), kCoordinateBytes, nullptr);
  BIGNUM* s = BN_bin2bn(octets(signature.substr(kCoordinateBytes)), kCoordinateBytes, nullptr);
  if (!parts || ECDSA_SIG_set0(parts.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return "";
  }
  unsigned char* der = nullptr;
  const int n = i2d_ECDSA_SIG(parts.get(), &der);
  if (n <= 0) return "";
  std::string out(reinterpret_cast<const char*>(der), static_cast<size_t>(n));
  OPENSSL_free(der);
  return out;
}

}  // namespace

Result<std::vector<SigningKey>> parse_signing_keys(std::string_view text) {
  const auto json = wire::parse_json(text, {.max_depth = 8, .max_values = 10'000});
  const wire::Json* list = json && json->kind == wire::Json::Kind::kObject ? json->member("keys") : nullptr;
  if (list == nullptr || list->kind != wire::Json::Kind::kArray)
    return Error{Code::kCorrupt, "the provider's keys are no key set"};
  std::vector<SigningKey> out;
  for (const wire::Json& item : list->items) {
    if (item.kind != wire::Json::Kind::kObject) continue;
    const std::string use = text_of_member(item, "use");
    if (!use.empty() && use != "sig") continue;
    SigningKey key{.id = text_of_member(item, "kid"), .alg = {}, .key = nullptr};
    const std::string type = text_of_member(item, "kty");
    if (type == "RSA") {
      key.alg = "RS256";
      key.key = read_rsa(item);
    } else if (type == "EC") {
      key.alg = "ES256";
      key.key = read_p256(item);
    }
    if (const std::string alg = text_of_member(item, "alg"); !alg.empty() && alg != key.alg) continue;
    if (key.key) out.push_back(std::move(key));
  }
  return out;
}

bool has_signed(const SigningKey& key, std::string_view text, std::string_view signature) {
  const std::string made = key.alg == "ES256" ? to_der(signature) : std::string(signature);
  const DigestContext context(EVP_MD_CTX_new());
  return !made.empty() && context &&
         EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.key.get()) == 1 &&
         EVP_DigestVerify(context.get(), octets(made), made.size(), octets(text), text.size()) == 1;
}

}  // namespace samovar::accounts
