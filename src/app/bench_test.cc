#include "app/bench.h"

#include <gtest/gtest.h>

#include "app/model_file.h"
#include "app/npy_writer.h"

namespace samovar::app {
namespace {

TEST(Bench, SpreadOfOddAndEvenCounts) {
  const Spread odd = spread_of({3.0, 1.0, 2.0});
  EXPECT_EQ(odd.median, 2.0);
  EXPECT_EQ(odd.lowest, 1.0);
  EXPECT_EQ(odd.highest, 3.0);
  EXPECT_EQ(spread_of({4.0, 1.0, 2.0, 3.0}).median, 2.5);
  EXPECT_EQ(spread_of({7.0}).median, 7.0);
}

TEST(NpyWriter, HeaderIsAlignedAndTheDataFollows) {
  const std::string path = testing::TempDir() + "samovar_npy_test.npy";
  auto writer = NpyWriter::create(path, 2, 3);
  ASSERT_TRUE(writer);
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  writer->write(values);
  ASSERT_TRUE(writer->close());
  const Result<std::string> bytes = read_text_file(path);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(bytes->substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  const size_t header =
      10 + static_cast<unsigned char>((*bytes)[8]) + 256U * static_cast<unsigned char>((*bytes)[9]);
  EXPECT_EQ(header % 64, 0U);
  EXPECT_EQ(bytes->size(), header + values.size() * sizeof(float));
  EXPECT_NE(bytes->find("'shape': (2, 3)"), std::string::npos);
}

TEST(NpyWriter, SaysWhereItCannotWrite) {
  const auto writer = NpyWriter::create("/nonexistent/out.npy", 1, 1);
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().code, Code::kIo);
  EXPECT_NE(writer.error().message.find("/nonexistent/out.npy"), std::string::npos);
}

TEST(ModelFile, NamesWhatIsNotThere) {
  const auto found = find_model_file("/nonexistent/model.gguf");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::kNotFound);
  EXPECT_NE(found.error().message.find("/nonexistent/model.gguf"), std::string::npos);
}

}  // namespace
}  // namespace samovar::app
