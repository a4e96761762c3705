#include "text/token_table.h"

#include <gtest/gtest.h>

namespace samovar::text {
namespace {

TEST(TokenTable, FindsTextTokensOnly) {
  const std::vector<std::string> tokens = {"a", "<s>", "<0x0A>", "", "b", "<unk>", "unused", "a"};
  using enum TokenKind;
  const std::vector<TokenKind> kinds = {kNormal,      kControl, kByte,   kNormal,
                                        kUserDefined, kUnknown, kUnused, kNormal};
  const TokenTable table(tokens, kinds);
  EXPECT_EQ(table.find("a"), 0);
  EXPECT_EQ(table.find("b"), 4);
  EXPECT_EQ(table.find("unused"), 6);
  for (const std::string_view absent : {"<s>", "<0x0A>", "<unk>", "", "c", "longer than any token"}) {
    EXPECT_EQ(table.find(absent), -1) << absent;
  }
  EXPECT_EQ(table.longest(), 6U);
}

TEST(TokenTable, KeepsManyTokensApart) {
  std::vector<std::string> tokens;
  for (int i = 0; i < 50000; ++i) tokens.push_back("token" + std::to_string(i));
  const TokenTable table(tokens, std::vector<TokenKind>(tokens.size(), TokenKind::kNormal));
  for (int i = 0; i < 50000; ++i) ASSERT_EQ(table.find(tokens[static_cast<size_t>(i)]), i);
  EXPECT_EQ(table.find("token50000"), -1);
}

}  // namespace
}  // namespace samovar::text
