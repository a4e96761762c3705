#include "catalog/name.h"

#include <gtest/gtest.h>

namespace samovar::catalog {
namespace {

TEST(Name, DefaultsAreFilledInAndLeftOutAgain) {
  const Result<Name> name = parse_name("smollm2");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->full(), "registry.ollama.ai/library/smollm2:latest");
  EXPECT_EQ(name->display(), "smollm2:latest");
}

TEST(Name, EveryPartCanBeGiven) {
  const auto display = [](const char* text) {
    const Result<Name> name = parse_name(text);
    return name ? name->display() : name.error().message;
  };
  EXPECT_EQ(display("gemma2:2b"), "gemma2:2b");
  EXPECT_EQ(display("me/copy2:tag"), "me/copy2:tag");
  EXPECT_EQ(display("me/copy2"), "me/copy2:latest");
  EXPECT_EQ(display("registry.ollama.ai/library/SmolLM2:latest"), "SmolLM2:latest");
  EXPECT_EQ(display("127.0.0.1:11600/library/smol"), "127.0.0.1:11600/library/smol:latest");
  EXPECT_EQ(display("hf.co/user/repo:Q4_K_M"), "hf.co/user/repo:Q4_K_M");
  EXPECT_EQ(display("https://hf.co/user/repo"), "hf.co/user/repo:latest");
  EXPECT_EQ(display("qwen2.5-coder:0.5b"), "qwen2.5-coder:0.5b");
}

TEST(Name, BadNamesAreRefused) {
  const std::string long_part(81, 'a');
  for (const std::string text :
       {"",       ":",        "a:",          ":b",   "../etc",      "..",          "a/..",
        "a/../b", "a..b",     "a:..",        "a b",  "/etc/passwd", "a/b/c/d",     "-a",
        ".a",     "a:b:c",    "a/b:c/d:e:f", "x\\y", "caf\xc3\xa9", "my.ns/model", "bad name!!",
        "a\n",    "host/ns/", "//"}) {
    const Result<Name> name = parse_name(text);
    EXPECT_FALSE(name) << text;
    if (name) continue;
    EXPECT_EQ(name.error().message, "invalid model name");
  }
  EXPECT_FALSE(parse_name(long_part));
  EXPECT_TRUE(parse_name(long_part.substr(1)));
  EXPECT_FALSE(parse_name(std::string("a\0b", 3)));
}

}  // namespace
}  // namespace samovar::catalog
