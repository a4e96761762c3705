#include "app/text_table.h"

#include <gtest/gtest.h>

namespace samovar::app {
namespace {

// The expected lines are a recorded answer of `ollama ps` and `ollama show`.
TEST(TextTable, LaysOutAsOllama) {
  const Row header = {"NAME", "ID", "SIZE", "PROCESSOR", "CONTEXT", "UNTIL"};
  EXPECT_EQ(format_table(header, {{"smollm2:latest", "fd5f44c0b5af", "209 MB", "100% CPU", "4096",
                                   "4 minutes from now"}}),
            "NAME              ID              SIZE      PROCESSOR    CONTEXT    UNTIL              \n"
            "smollm2:latest    fd5f44c0b5af    209 MB    100% CPU     4096       4 minutes from now    \n");
}

TEST(TextTable, EmptyTableIsItsHeader) {
  EXPECT_EQ(format_table({"NAME", "ID", "SIZE", "PROCESSOR", "CONTEXT", "UNTIL"}, {}),
            "NAME    ID    SIZE    PROCESSOR    CONTEXT    UNTIL \n");
}

TEST(TextTable, Sections) {
  EXPECT_EQ(format_section(
                "Model", {{"architecture", "llama"}, {"parameters", "134.52M"}, {"embedding length", "576"}}),
            "  Model\n"
            "    architecture        llama      \n"
            "    parameters          134.52M    \n"
            "    embedding length    576        \n"
            "\n");
  EXPECT_EQ(format_section("Capabilities", {}), "");
}

TEST(TextTable, WidthsCountCharacters) {
  EXPECT_EQ(format_table({"NAME", "X"}, {{"чай", "1"}, {"té", "2"}}),
            "NAME    X \nчай     1    \nté      2    \n");
}

}  // namespace
}  // namespace samovar::app
