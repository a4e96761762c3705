#include "backend/thinking_splitter.h"

#include <gtest/gtest.h>

namespace samovar::backend {
namespace {

SplitText split_pieces(std::string_view text, size_t cut, bool inside) {
  ThinkingSplitter splitter(inside);
  SplitText all;
  for (const std::string_view piece : {text.substr(0, cut), text.substr(cut)}) {
    const SplitText part = splitter.push(piece);
    all.thinking += part.thinking;
    all.content += part.content;
  }
  const SplitText rest = splitter.finish();
  return {all.thinking + rest.thinking, all.content + rest.content};
}

struct Case {
  std::string_view text;
  bool inside;
  std::string_view thinking;
  std::string_view content;
};

TEST(ThinkingSplitter, TellsThoughtsFromTheAnswerAtEveryCut) {
  for (const Case& c :
       {Case{"<think>\nhm, 2 < 3\n</think>\n\nYes.", false, "hm, 2 < 3\n", "Yes."},
        Case{"Plain answer with <think>tags</think>", false, "", "Plain answer with <think>tags</think>"},
        Case{"still thinking</think>Done", true, "still thinking", "Done"},
        Case{"<think>never closed </thin", false, "never closed </thin", ""},
        Case{"<thin", false, "", "<thin"}, Case{"  <think></think> x", false, "", "x"},
        Case{"", false, "", ""}}) {
    for (size_t cut = 0; cut <= c.text.size(); ++cut) {
      const SplitText out = split_pieces(c.text, cut, c.inside);
      EXPECT_EQ(out.thinking, c.thinking) << c.text << " cut at " << cut;
      EXPECT_EQ(out.content, c.content) << c.text << " cut at " << cut;
    }
  }
}

}  // namespace
}  // namespace samovar::backend
