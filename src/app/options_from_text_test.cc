#include "app/options_from_text.h"

#include <gtest/gtest.h>

namespace samovar::app {
namespace {

TEST(OptionsFromText, SetsEveryKind) {
  backend::Options options;
  EXPECT_TRUE(set_option(options, "temperature", {"0.5"}));
  EXPECT_TRUE(set_option(options, "top_k", {"40"}));
  EXPECT_TRUE(set_option(options, "seed", {"-7"}));
  EXPECT_TRUE(set_option(options, "stop", {"a", "b"}));
  EXPECT_EQ(options.temperature, 0.5F);
  EXPECT_EQ(options.top_k, 40);
  EXPECT_EQ(options.seed, -7);
  EXPECT_EQ(options.stop->size(), 2U);
  const std::vector<std::vector<std::string>> rows = {
      {"seed", "-7"}, {"top_k", "40"}, {"temperature", "0.5"}, {"stop", "\"a\""}, {"stop", "\"b\""}};
  EXPECT_EQ(option_rows(options), rows);
}

TEST(OptionsFromText, NamesTheWrongValue) {
  backend::Options options;
  EXPECT_EQ(set_option(options, "top_k", {"many"}).error().message,
            "parameter 'top_k' needs a whole number, not 'many'");
  EXPECT_EQ(set_option(options, "temperature", {"0.5", "1"}).error().message,
            "parameter 'temperature' needs a number, not '0.5 1'");
  EXPECT_EQ(set_option(options, "top_k", {"99999999999"}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(set_option(options, "colour", {"red"}).error().message,
            "unknown parameter 'colour' (see /set parameter)");
}

TEST(OptionsFromText, HelpNamesAllOfThem) {
  for (const char* name : {"seed", "num_ctx", "temperature", "repeat_last_n", "stop"}) {
    EXPECT_NE(options_help().find(std::string("/set parameter ") + name), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace samovar::app
