#include "registry/reference.h"

#include <gtest/gtest.h>

#include "registry/session.h"

namespace samovar::registry {
namespace {

TEST(Reference, NamesOfRegistries) {
  const auto plain = parse_reference("gemma2:2b", false);
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->base_url, "https://registry.ollama.ai");
  EXPECT_EQ(plain->name.full(), "registry.ollama.ai/library/gemma2:2b");
  const auto hugging = parse_reference("hf.co/bartowski/Some-Model-GGUF:Q4_0", false);
  ASSERT_TRUE(hugging);
  EXPECT_EQ(hugging->base_url, "https://hf.co");
  EXPECT_EQ(hugging->name.full(), "hf.co/bartowski/Some-Model-GGUF:Q4_0");
  EXPECT_EQ(parse_reference("http://127.0.0.1:5000/library/x", false)->base_url, "https://127.0.0.1:5000");
  EXPECT_EQ(parse_reference("http://127.0.0.1:5000/library/x", true)->base_url, "http://127.0.0.1:5000");
  EXPECT_FALSE(parse_reference("127.0.0.1:5000/library/x", false)->may_fall_back);
  EXPECT_TRUE(parse_reference("127.0.0.1:5000/library/x", true)->may_fall_back);
  for (const char* bad : {"", "bad name", "a/../b", "https://", "https://x/y/z/w"}) {
    EXPECT_FALSE(parse_reference(bad, true).ok()) << bad;
  }
}

TEST(Reference, AddressesOfFiles) {
  const auto file =
      parse_reference("https://h.example/a/resolve/main/SmolLM2 135M.Q4_1.GGUF?download=true", false);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->name.display(), "smollm2-135m.q4_1:latest");
  EXPECT_EQ(file->file_url, "https://h.example/a/resolve/main/SmolLM2 135M.Q4_1.GGUF?download=true");
  EXPECT_TRUE(file->base_url.empty());
  EXPECT_EQ(parse_reference("https://h/..-.gguf", false).ok(), false);
  EXPECT_FALSE(parse_reference("http://h/x.gguf", false).ok()) << "not over plain HTTP";
  EXPECT_TRUE(parse_reference("http://h/x.gguf", true).ok());
  EXPECT_TRUE(parse_reference("https://h/" + std::string(300, 'a') + ".gguf", false).ok());
}

TEST(Challenge, Values) {
  const std::string challenge = R"(Bearer realm="https://a/token",service="s, t",scope="repository:x:pull")";
  EXPECT_EQ(challenge_value(challenge, "realm"), "https://a/token");
  EXPECT_EQ(challenge_value(challenge, "service"), "s, t");
  EXPECT_EQ(challenge_value(challenge, "scope"), "repository:x:pull");
  EXPECT_EQ(challenge_value(challenge, "error"), "");
  EXPECT_EQ(challenge_value(R"(Bearer xrealm="a",realm="b)", "realm"), "b");
}

TEST(Challenge, ErrorsOfRegistries) {
  Reply reply;
  reply.status = 403;
  EXPECT_EQ(explain_status(reply), "status 403");
  reply.body = R"({"errors":[{"code":"DENIED","message":"not yours"}]})";
  EXPECT_EQ(explain_status(reply), "status 403: not yours");
  reply.body = R"({"error":"Repository not found"})";
  EXPECT_EQ(explain_status(reply), "status 403: Repository not found");
  reply.body = R"({"errors":[7]})";
  EXPECT_EQ(explain_status(reply), "status 403");
}

}  // namespace
}  // namespace samovar::registry
