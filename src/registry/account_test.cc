#include "registry/account.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

namespace samovar::registry {
namespace {

std::string ssh_field(const std::string& bytes) {
  const auto size = static_cast<uint32_t>(bytes.size());
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>((size >> static_cast<unsigned>(shift)) & 255U);
  return out + bytes;
}

std::string base64(const std::string& bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  out.resize(static_cast<size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                                 reinterpret_cast<const unsigned char*>(bytes.data()),
                                                 static_cast<int>(bytes.size()))));
  return out;
}

// A key file of the seed 1, 2, ... 32, built as PROTOCOL.key of OpenSSH says.
struct TestKey {
  std::string seed;
  std::string public_key = std::string(32, '\0');

  TestKey() {
    for (int i = 1; i <= 32; ++i) seed += static_cast<char>(i);
    EVP_PKEY* key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                                 reinterpret_cast<const unsigned char*>(seed.data()), 32);
    size_t size = 32;
    EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(public_key.data()), &size);
    EVP_PKEY_free(key);
  }
  [[nodiscard]] std::string blob() const { return ssh_field("ssh-ed25519") + ssh_field(public_key); }
  [[nodiscard]] std::string text(const std::string& cipher = "none",
                                 const std::string& kind = "ssh-ed25519") const {
    const std::string check("\1\2\3\4", 4);
    const std::string secret = check + check + ssh_field(kind) + ssh_field(public_key) +
                               ssh_field(seed + public_key) + ssh_field("me") + "\1\2\3";
    const std::string all = std::string("openssh-key-v1\0", 15) + ssh_field(cipher) + ssh_field("none") +
                            ssh_field("") + std::string("\0\0\0\1", 4) + ssh_field(blob()) +
                            ssh_field(secret);
    return "-----BEGIN OPENSSH PRIVATE KEY-----\n" + base64(all).insert(70, "\n") +
           "\n-----END OPENSSH PRIVATE KEY-----\n";
  }
};

TEST(AccountKey, SignsAsOllamaDoes) {
  const TestKey test;
  const Result<AccountKey> key = AccountKey::parse(test.text());
  ASSERT_TRUE(key) << key.error().message;
  const std::string url =
      "https://ollama.com/token?nonce=x&scope=repository%3Ame%2Fm%3Apush&service=ollama.com&ts=1";
  const std::string header = key->authorize_get(url);
  const size_t colon = header.find(':');
  EXPECT_EQ(header.substr(0, colon), base64(test.blob()));
  EXPECT_TRUE(header.starts_with("AAAAC3NzaC1lZDI1NTE5AAAAI")) << "as a recorded one";
  std::string signature(80, '\0');
  const std::string text = header.substr(colon + 1);
  EVP_DecodeBlock(reinterpret_cast<unsigned char*>(signature.data()),
                  reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  // The last part is the Base64 of the hex digest of an empty body.
  const std::string said =
      "GET," + url +
      ",ZTNiMGM0NDI5OGZjMWMxNDlhZmJmNGM4OTk2ZmI5MjQyN2FlNDFlNDY0OWI5MzRjYTQ5NTk5MWI3ODUyYjg1NQ==";
  EVP_PKEY* pkey = EVP_PKEY_new_raw_public_key(
      EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(test.public_key.data()), 32);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ASSERT_EQ(EVP_DigestVerifyInit(context, nullptr, nullptr, nullptr, pkey), 1);
  EXPECT_EQ(EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()), 64,
                             reinterpret_cast<const unsigned char*>(said.data()), said.size()),
            1);
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(pkey);
}

TEST(AccountKey, OtherFilesAreRefused) {
  const TestKey test;
  EXPECT_EQ(AccountKey::parse(test.text("aes256-ctr")).error().code, Code::kUnsupported);
  EXPECT_EQ(AccountKey::parse(test.text("none", "ssh-rsa")).error().code, Code::kUnsupported);
  const std::string whole = test.text();
  for (size_t cut = 0; cut < whole.size(); cut += 7) {
    EXPECT_FALSE(AccountKey::parse(whole.substr(0, cut)).ok());
    std::string damaged = whole;
    damaged.erase(cut, 8);
    const auto parsed = AccountKey::parse(damaged);  // may be luck, must not crash
    static_cast<void>(parsed);
  }
}

TEST(AccountKey, OnlyOllamaGetsASignature) {
  EXPECT_TRUE(wants_signature("https://ollama.com/token"));
  EXPECT_TRUE(wants_signature("https://registry.ollama.ai/token"));
  for (const char* other :
       {"http://ollama.com/token", "https://evil-ollama.com/t", "https://ollama.com.evil.org/t",
        "https://ollama.com@evil.org/t", "https://127.0.0.1/t"}) {
    EXPECT_FALSE(wants_signature(other)) << other;
  }
  EXPECT_EQ(make_nonce().size(), 22U);
  EXPECT_NE(make_nonce(), make_nonce());
}

}  // namespace
}  // namespace samovar::registry
