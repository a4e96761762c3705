#include "history/words.h"

#include <gtest/gtest.h>

namespace samovar::history {
namespace {

TEST(Words, FoldLowersLatinGreekAndCyrillicAndTakesYoForYe) {
  EXPECT_EQ(fold_utf8("ЁЖ Ёлка ÀÉ ΣΩ Ґ I"), "еж елка àé σω ґ i");
  EXPECT_EQ(fold_utf8("x\xff"), "x\xef\xbf\xbd");
}

TEST(Words, OtherFormsOfARussianWordBeginAlike) {
  for (const char* form : {"самовар", "самовара", "самовару", "самоваром", "самоваре", "самовары",
                           "самоваров", "самоварами", "самоварах"}) {
    EXPECT_EQ(query_parts(form), std::vector<std::string>{"самовар"}) << form;
  }
  for (const char* form : {"большой", "большого", "большими", "большая", "большие", "большую"}) {
    EXPECT_EQ(query_parts(form).front().substr(0, 10), "больш") << form;
  }
  EXPECT_EQ(query_parts("models, Model \"model\""), std::vector<std::string>{"model"});
  EXPECT_EQ(query_parts("чай"), std::vector<std::string>{"чай"}) << "short words stay whole";
  EXPECT_TRUE(query_parts("  ,, ").empty());
}

TEST(Words, SnippetsMarkTheFindsInUtf16Units) {
  const Snippet snippet = make_snippet("🙂 Два Самовара\nна столе", {"самовар", "стол"});
  EXPECT_EQ(snippet.text, "🙂 Два Самовара на столе");
  EXPECT_EQ(snippet.marks, (std::vector<std::pair<size_t, size_t>>{{7, 14}, {19, 23}}));
  const std::string far = std::string(500, 'x') + " needle " + std::string(500, 'y');
  const Snippet cut = make_snippet(far, {"needle"});
  EXPECT_LT(cut.text.size(), 200U);
  ASSERT_EQ(cut.marks.size(), 1U);
  EXPECT_TRUE(cut.text.starts_with("… "));
}

}  // namespace
}  // namespace samovar::history
