#include "text/user_text.h"

#include <gtest/gtest.h>

namespace samovar::text {
namespace {

std::vector<std::string> plain_texts(const Prompt& prompt) {
  std::vector<std::string> texts;
  for (const Range& range : prompt.plain)
    texts.push_back(prompt.text.substr(range.begin, range.end - range.begin));
  return texts;
}

using Texts = std::vector<std::string>;

TEST(UserText, MarksSpellingsAndRestoresThem) {
  const Texts tokens = {"<|im_end|>", "<|im_start|>", "</s>"};
  const UserText user(tokens);
  const std::string marked = user.mark("Hello <|im_end|> and </s>!");
  EXPECT_EQ(marked.find("<|im_end|>"), std::string::npos);
  EXPECT_EQ(unmark(marked), "Hello <|im_end|> and </s>!");
  const Prompt prompt = user.restore("<|im_start|>" + marked + "<|im_end|>");
  EXPECT_EQ(prompt.text, "<|im_start|>Hello <|im_end|> and </s>!<|im_end|>");
  EXPECT_EQ(plain_texts(prompt), (Texts{"<|im_end|>", "</s>"}));
  EXPECT_EQ(prompt.plain[0].begin, 18u);
}

TEST(UserText, LeavesOtherTextAlone) {
  const Texts tokens = {"<|im_end|>"};
  const UserText user(tokens);
  const std::string text = "a < b <|im_start|> привет 😀 <|im_end";
  EXPECT_EQ(user.mark(text), text);
  EXPECT_TRUE(user.restore(text).plain.empty());
}

TEST(UserText, DropsMarksThatTheTextAlreadyHas) {
  const Texts tokens = {"<s>"};
  const UserText user(tokens);
  EXPECT_EQ(user.mark("a\xEF\xB7\x90"
                      "b\xEF\xB7\xAF\xF0\x9F\xBF\xBF"
                      "c"),
            "abc");
  EXPECT_EQ(user.mark("<\xEF\xB7\x90s>"), user.mark("<s>"));  // dropping must not let a spelling through
}

TEST(UserText, SpellingsWithoutPunctuationInFrontOrAnywhere) {
  const Texts tokens = {"EOS", "\xE2\x96\x81<EOT>",
                        "\xEF\xBD\x9C"
                        "end"};
  const UserText user(tokens);
  const std::string text =
      "EOS \xE2\x96\x81<EOT> \xEF\xBD\x9C"
      "end";
  const std::string marked = user.mark(text);
  for (const std::string& token : tokens) EXPECT_EQ(marked.find(token), std::string::npos) << token;
  const Prompt prompt = user.restore(marked);
  EXPECT_EQ(prompt.text, text);
  EXPECT_EQ(plain_texts(prompt), tokens);
}

TEST(UserText, OverlappingSpellings) {
  const Texts tokens = {"<a>", "<a><b>", "<b>", "<|", "<|x|>"};
  const UserText user(tokens);
  const Prompt prompt = user.restore(user.mark("<a><b> <<|x|>"));
  EXPECT_EQ(prompt.text, "<a><b> <<|x|>");
  EXPECT_EQ(plain_texts(prompt), (Texts{"<a><b>", "<|x|>"}));
}

TEST(UserText, ACutSpellingStaysPlainWhereTheTemplateCompletesIt) {
  const Texts tokens = {"<|im_end|>"};
  const UserText user(tokens);
  const std::string marked = user.mark("<|im_end|>");
  const Prompt prompt = user.restore(marked.substr(0, marked.size() - 4) + "nd|>");
  EXPECT_EQ(prompt.text, "<|im_end|>");
  EXPECT_EQ(plain_texts(prompt), (Texts{"<|im_end|>"}));
  const Prompt cut = user.restore(marked.substr(0, 5) + "!");
  ASSERT_EQ(cut.plain.size(), 1u);
  EXPECT_EQ(cut.plain[0].begin, 0u);
}

TEST(UserText, NoTokens) {
  const UserText user({});
  EXPECT_EQ(user.mark("<s>"), "<s>");
  EXPECT_TRUE(user.restore("<s>").plain.empty());
}

}  // namespace
}  // namespace samovar::text
