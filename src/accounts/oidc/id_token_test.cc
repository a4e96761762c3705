#include "accounts/oidc/id_token.h"

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "accounts/oidc/provider.h"
#include "accounts/sealed.h"

namespace samovar::accounts {
namespace {

constexpr const char* kGoodPayload =
    R"({"iss":"https://id.example","aud":"samovar","sub":"7","nonce":"n","exp":2000,"iat":1000,)"
    R"("preferred_username":"anna","email":"anna@example.org","email_verified":true})";

const Expected kExpected{"https://id.example", "samovar", "n", 1500};

std::string number_param(EVP_PKEY* key, const char* name, size_t n_bytes) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key, name, &number);
  std::string out(n_bytes == 0 ? static_cast<size_t>(BN_num_bytes(number)) : n_bytes, '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size()));
  BN_free(number);
  return encode_base64url(out);
}

// A provider's private key, and what it signs.
class Signer {
 public:
  explicit Signer(bool is_rsa, unsigned int bits = 2048)
      : is_rsa_(is_rsa), key_(is_rsa ? EVP_RSA_gen(bits) : EVP_EC_gen("P-256")) {}
  ~Signer() { EVP_PKEY_free(key_); }
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;

  [[nodiscard]] std::string jwk(const std::string& more = R"("kid":"k1","use":"sig")") const {
    if (is_rsa_) {
      return R"({"kty":"RSA",)" + more + R"(,"n":")" + number_param(key_, OSSL_PKEY_PARAM_RSA_N, 0) +
             R"(","e":")" + number_param(key_, OSSL_PKEY_PARAM_RSA_E, 0) + "\"}";
    }
    return R"({"kty":"EC","crv":"P-256",)" + more + R"(,"x":")" +
           number_param(key_, OSSL_PKEY_PARAM_EC_PUB_X, 32) + R"(","y":")" +
           number_param(key_, OSSL_PKEY_PARAM_EC_PUB_Y, 32) + "\"}";
  }
  [[nodiscard]] std::vector<SigningKey> keys() const {
    return *parse_signing_keys(R"({"keys":[)" + jwk() + "]}");
  }

  [[nodiscard]] std::string token(const std::string& payload, std::string header = "") const {
    if (header.empty()) header = is_rsa_ ? R"({"alg":"RS256","kid":"k1"})" : R"({"alg":"ES256","kid":"k1"})";
    const std::string text = encode_base64url(header) + "." + encode_base64url(payload);
    return text + "." + encode_base64url(sign(text));
  }

 private:
  [[nodiscard]] std::string sign(const std::string& text) const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_);
    size_t n = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    EVP_DigestSign(context, nullptr, &n, bytes, text.size());
    std::string out(n, '\0');
    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.data()), &n, bytes, text.size());
    out.resize(n);
    EVP_MD_CTX_free(context);
    if (is_rsa_) return out;
    const auto* der = reinterpret_cast<const unsigned char*>(out.data());
    ECDSA_SIG* parts = d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(out.size()));
    std::string raw(64, '\0');
    BN_bn2binpad(ECDSA_SIG_get0_r(parts), reinterpret_cast<unsigned char*>(raw.data()), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(parts), reinterpret_cast<unsigned char*>(raw.data()) + 32, 32);
    ECDSA_SIG_free(parts);
    return raw;
  }

  bool is_rsa_;
  EVP_PKEY* key_;
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(IdToken, BothKindsOfSignaturesAreRead) {
  for (const bool is_rsa : {true, false}) {
    const Signer signer(is_rsa);
    const auto claims = read_id_token(signer.token(kGoodPayload), signer.keys(), kExpected);
    ASSERT_TRUE(claims) << claims.error().message;
    EXPECT_EQ(claims->subject, "7");
    EXPECT_EQ(claims->name, "anna");
    EXPECT_EQ(claims->email, "anna@example.org");
    EXPECT_TRUE(claims->email_verified);
  }
}

TEST(IdToken, EveryChangedByteIsNoticed) {
  for (const bool is_rsa : {true, false}) {
    const Signer signer(is_rsa);
    const auto keys = signer.keys();
    const std::string good = signer.token(kGoodPayload);
    for (size_t i = 0; i < good.size(); i += 7) {
      std::string bad = good;
      bad[i] = bad[i] == 'A' ? 'B' : 'A';
      EXPECT_FALSE(read_id_token(bad, keys, kExpected)) << i;
    }
    for (const std::string& bad :
         {std::string(), std::string("."), std::string(".."), good.substr(0, good.rfind('.')),
          good.substr(0, good.rfind('.') + 1), good + "A"}) {
      EXPECT_FALSE(read_id_token(bad, keys, kExpected)) << bad;
    }
    const Signer other(is_rsa);
    EXPECT_FALSE(read_id_token(other.token(kGoodPayload), keys, kExpected)) << "somebody else's key";
  }
}

TEST(IdToken, OnlySafeAlgorithmsCount) {
  const Signer signer(true);
  for (const char* header :
       {R"({"alg":"none"})", R"({"alg":"HS256","kid":"k1"})", R"({"alg":"RS512","kid":"k1"})",
        R"({"alg":"ES256","kid":"k1"})", R"({"kid":"k1"})", "[]", "x"}) {
    EXPECT_FALSE(read_id_token(signer.token(kGoodPayload, header), signer.keys(), kExpected)) << header;
  }
}

TEST(IdToken, EveryClaimIsChecked) {
  const Signer signer(false);
  for (const auto& [from, to] :
       {std::pair("https://id.example\"", "https://id.example.evil\""), std::pair("\"samovar\"", "\"other\""),
        std::pair("\"samovar\"", "[\"samovar\",\"other\"]"), std::pair("\"sub\":\"7\"", "\"sub\":\"\""),
        std::pair("\"nonce\":\"n\"", "\"nonce\":\"m\""), std::pair("\"nonce\":\"n\",", ""),
        std::pair("\"exp\":2000", "\"exp\":1380"), std::pair("\"exp\":2000,", ""),
        std::pair("\"exp\":2000", "\"exp\":\"2000\""), std::pair("\"iat\":1000", "\"iat\":1700"),
        std::pair("\"iat\":1000", "\"iat\":1000,\"azp\":\"other\"")}) {
    const auto claims =
        read_id_token(signer.token(replaced(kGoodPayload, from, to)), signer.keys(), kExpected);
    ASSERT_FALSE(claims) << to;
    EXPECT_EQ(claims.error().code, Code::kUnauthorized) << to;
  }
  for (const auto& [from, to] :
       {std::pair("\"samovar\"", "[\"samovar\"]"), std::pair("\"exp\":2000", "\"exp\":1390"),
        std::pair("\"samovar\"", "[\"samovar\",\"other\"],\"azp\":\"samovar\"")}) {
    EXPECT_TRUE(read_id_token(signer.token(replaced(kGoodPayload, from, to)), signer.keys(), kExpected))
        << to;
  }
  const auto unverified = read_id_token(signer.token(replaced(kGoodPayload, ",\"email_verified\":true", "")),
                                        signer.keys(), kExpected);
  ASSERT_TRUE(unverified);
  EXPECT_FALSE(unverified->email_verified);
}

TEST(IdToken, AnUnknownKeyMayBeANewerOne) {
  const Signer signer(true);
  const auto claims =
      read_id_token(signer.token(kGoodPayload, R"({"alg":"RS256","kid":"k2"})"), signer.keys(), kExpected);
  ASSERT_FALSE(claims);
  EXPECT_EQ(claims.error().code, Code::kNotFound);
  EXPECT_TRUE(read_id_token(signer.token(kGoodPayload, R"({"alg":"RS256"})"), signer.keys(), kExpected))
      << "a token need not name its key";
}

TEST(SigningKeys, OnlyUsableOnesAreTaken) {
  const Signer rsa(true);
  const Signer ec(false);
  const Signer weak(true, 1024);
  const auto count = [](const std::string& list) {
    return parse_signing_keys("{\"keys\":[" + list + "]}")->size();
  };
  EXPECT_EQ(count(rsa.jwk() + "," + ec.jwk()), 2U);
  EXPECT_EQ(count(rsa.jwk(R"("use":"enc")")), 0U);
  EXPECT_EQ(count(rsa.jwk(R"("alg":"RS512")")), 0U);
  EXPECT_EQ(count(rsa.jwk(R"("alg":"RS256")")), 1U);
  EXPECT_EQ(count(weak.jwk()), 0U) << "a key that can be broken is none";
  EXPECT_EQ(
      count(
          R"({"kty":"oct","k":"AAAA"},7,{"kty":"EC","crv":"P-256","x":"AA","y":"AA"},{"kty":"RSA","n":"!"})"),
      0U);
  EXPECT_EQ(
      count(
          R"({"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})"),
      0U)
      << "not on the curve";
  for (const char* bad : {"", "[]", "{}", R"({"keys":{}})"}) EXPECT_FALSE(parse_signing_keys(bad)) << bad;
}

TEST(ProviderPlaces, TheProviderMustBeWhoItIsSaidToBe) {
  const std::string good =
      R"({"issuer":"https://id.example/","authorization_endpoint":"https://id.example/a","token_endpoint":)"
      R"("https://id.example/t","jwks_uri":"https://id.example/k"})";
  const auto places = parse_places(good, "https://id.example");
  ASSERT_TRUE(places) << places.error().message;
  EXPECT_EQ(places->issuer, "https://id.example/") << "tokens have it as the provider writes it";
  EXPECT_TRUE(places->takes_basic);
  EXPECT_FALSE(parse_places(good, "https://other.example"));
  EXPECT_NE(parse_places(replaced(good, "jwks_uri", "x"), "https://id.example")
                .error()
                .message.find("names no jwks_uri"),
            std::string::npos);
  EXPECT_FALSE(parse_places("<html>", "https://id.example"));
}

TEST(Sealed, OnlyWhatWasSealedHereIsRead) {
  const Sealer sealer("secret", "login");
  const std::string sealed = sealer.seal("state\n\"verifier\"");
  EXPECT_EQ(sealer.open(sealed), "state\n\"verifier\"");
  EXPECT_NE(sealer.seal("x"), sealer.seal("x"));
  EXPECT_FALSE(Sealer("other", "login").open(sealed));
  EXPECT_FALSE(Sealer("secret", "other").open(sealed));
  for (size_t i = 0; i + 1 < sealed.size(); ++i) {  // the last letter has bits that do not count
    std::string bad = sealed;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(sealer.open(bad)) << i;
  }
  EXPECT_FALSE(sealer.open(""));
  EXPECT_EQ(percent_encode("a b&ü/"), "a%20b%26%C3%BC%2F");
}

}  // namespace
}  // namespace samovar::accounts
