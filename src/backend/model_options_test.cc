#include "backend/model_options.h"

#include <gtest/gtest.h>

namespace samovar::backend {
namespace {

TEST(ModelOptions, ReadsTheParameterLayer) {
  const auto options =
      parse_model_options(R"({"temperature":0.1,"top_k":5.0,"stop":["a","b"],"seed":7,"unknown":{}})");
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_FLOAT_EQ(*options->temperature, 0.1F);
  EXPECT_EQ(options->top_k, 5);
  EXPECT_EQ(options->seed, 7);
  EXPECT_EQ(options->stop, (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(options->top_p);
  EXPECT_EQ(parse_model_options(R"({"stop":"x"})")->stop, std::vector<std::string>{"x"});
  EXPECT_TRUE(parse_model_options(""));
}

TEST(ModelOptions, NamesWhatIsWrong) {
  EXPECT_NE(parse_model_options(R"({"temperature":"hot"})").error().message.find("'temperature'"),
            std::string::npos);
  EXPECT_NE(parse_model_options(R"({"stop":[1]})").error().message.find("'stop'"), std::string::npos);
  EXPECT_EQ(parse_model_options("[1]").error().code, Code::kCorrupt);
  EXPECT_EQ(parse_model_options("{").error().code, Code::kCorrupt);
}

TEST(ModelOptions, RequestBeatsModelBeatsDefault) {
  Options request;
  Options model;
  request.temperature = 0.0F;
  model.temperature = 1.0F;
  model.top_k = 3;
  model.stop = {"m"};
  model.num_ctx = 1024;
  const EffectiveOptions merged = merge_options(request, model);
  EXPECT_EQ(merged.sampling.temperature, 0.0F);
  EXPECT_EQ(merged.sampling.top_k, 3);
  EXPECT_FLOAT_EQ(merged.sampling.top_p, 0.9F);
  EXPECT_EQ(merged.stop, std::vector<std::string>{"m"});
  EXPECT_EQ(merged.num_ctx, 1024);
  EXPECT_EQ(merged.num_predict, -1);
}

}  // namespace
}  // namespace samovar::backend
