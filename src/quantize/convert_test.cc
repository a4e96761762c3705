#include "quantize/convert.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <random>

#include "gguf/writer.h"
#include "kernels/dequantize.h"

namespace samovar::quantize {
namespace {

namespace fs = std::filesystem;

struct Matrix {
  std::string name;
  uint64_t columns = 0;
  uint64_t rows = 0;
  float first = 0.01F;  // the first value; the others are random
};

class ConvertTest : public ::testing::Test {
 protected:
  ConvertTest() {
    std::string pattern = (fs::temp_directory_path() / "samovar-quantize-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~ConvertTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  // A model of F32 matrices, and its file.
  fs::path write(const std::vector<Matrix>& matrices, int64_t n_layers = 8) {
    using gguf::Value;
    using gguf::ValueType;
    const std::vector<std::pair<std::string_view, Value>> metadata = {
        {"general.architecture", {ValueType::kString, std::string_view("llama")}},
        {"general.file_type", {ValueType::kU32, uint64_t{0}}},
        {"llama.block_count", {ValueType::kU32, static_cast<uint64_t>(n_layers)}},
        {"llama.small", {ValueType::kF32, 0.1}},
        {"llama.odd", {ValueType::kI16, int64_t{-7}}},
        {"llama.flag", {ValueType::kBool, true}},
    };
    std::vector<gguf::TensorPlan> plan;
    for (const Matrix& matrix : matrices) {
      plan.push_back({.name = matrix.name,
                      .type_number = 0,
                      .n_dims = matrix.rows == 1 ? 1U : 2U,
                      .dims = {matrix.columns, matrix.rows, 1, 1},
                      .n_bytes = matrix.columns * matrix.rows * 4});
    }
    gguf::Header header = gguf::make_header(metadata, plan, 32);
    header.bytes.resize(header.bytes.size() + header.data_bytes);
    std::mt19937 random(2);
    std::normal_distribution<float> normal(0.0F, 0.05F);
    const size_t data = header.bytes.size() - header.data_bytes;
    for (size_t i = 0; i < plan.size(); ++i) {
      std::vector<float> values(matrices[i].columns * matrices[i].rows);
      for (float& value : values) value = normal(random);
      values[0] = matrices[i].first;
      std::memcpy(&header.bytes[data + header.offsets[i]], values.data(), values.size() * 4);
    }
    std::ofstream(folder_ / "in.gguf", std::ios::binary) << header.bytes;
    return folder_ / "in.gguf";
  }

  Result<Outcome> convert(
      const fs::path& from, const char* type, Requantize requantize = Requantize::kRefuse,
      const Tell& tell = [](const Progress&) { return true; }) {
    const auto source = gguf::File::open(from);
    if (!source) return source.error();
    return convert_file(**source, folder_ / "out.gguf", {*find_file_type(type), requantize}, pool_, tell);
  }

  std::string type_of(const gguf::File& file, std::string_view name) {
    const gguf::Tensor* tensor = file.directory().find_tensor(name);
    return tensor == nullptr ? "" : std::string(tensor::type_name(tensor->type_number));
  }

  fs::path folder_;
  platform::ThreadPool pool_{2};
};

TEST_F(ConvertTest, EveryTensorGetsItsTypeAndTheRestStays) {
  std::vector<Matrix> matrices = {{"token_embd.weight", 256, 64}, {"output_norm.weight", 256, 1}};
  for (int layer = 0; layer < 8; ++layer) {
    const std::string before = "blk." + std::to_string(layer) + ".";
    matrices.push_back({before + "attn_v.weight", 256, 16});
    matrices.push_back({before + "attn_q.weight", 256, 16});
    matrices.push_back({before + "ffn_down.weight", 288, 16});
    matrices.push_back({before + "attn_norm.weight", 256, 1});
  }
  const fs::path source = write(matrices);
  const auto outcome = convert(source, "q4_k_m");
  ASSERT_TRUE(outcome) << outcome.error().message;
  const auto made = gguf::File::open(folder_ / "out.gguf");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(outcome->bytes, static_cast<int64_t>(fs::file_size(folder_ / "out.gguf")));
  EXPECT_EQ(*(*made)->get_integer("general.file_type"), 15);
  EXPECT_EQ(*(*made)->get_integer("general.quantization_version"), 2);
  EXPECT_EQ(*(*made)->get_integer("llama.odd"), -7);
  EXPECT_EQ(*(*made)->get_number("llama.small"), static_cast<double>(0.1F));
  EXPECT_EQ(*(*made)->get_boolean("llama.flag"), true);
  EXPECT_EQ(type_of(**made, "token_embd.weight"), "Q6_K");  // it is the output head, too
  EXPECT_EQ(type_of(**made, "output_norm.weight"), "F32");
  EXPECT_EQ(type_of(**made, "blk.0.attn_q.weight"), "Q4_K");
  // The first and last eighth of the layers, and every third one between.
  for (const auto& [layer, type] :
       {std::pair{0, "Q6_K"}, {1, "Q4_K"}, {2, "Q4_K"}, {3, "Q6_K"}, {7, "Q6_K"}}) {
    EXPECT_EQ(type_of(**made, "blk." + std::to_string(layer) + ".attn_v.weight"), type) << layer;
  }
  EXPECT_EQ(type_of(**made, "blk.0.ffn_down.weight"), "Q8_0");  // rows of 288 have no blocks of 256
  EXPECT_EQ(type_of(**made, "blk.1.ffn_down.weight"), "Q5_0");
  EXPECT_EQ(outcome->tensors.at("F32"), 9U);
  const auto original = gguf::File::open(source);
  for (const gguf::Tensor& tensor : (*made)->directory().tensors) {
    const gguf::Tensor* before = (*original)->directory().find_tensor(tensor.name);
    std::vector<float> row(tensor.dims[0]);
    std::vector<float> row_before(tensor.dims[0]);
    const auto type = static_cast<tensor::Type>(tensor.type_number);
    for (size_t r = 0; r < tensor.dims[1]; ++r) {
      kernels::dequantize_row(type, tensor.bytes.data() + r * tensor::row_bytes(type, row.size()), row.size(),
                              row.data());
      std::memcpy(row_before.data(), before->bytes.data() + r * row.size() * 4, row.size() * 4);
      for (size_t i = 0; i < row.size(); ++i) ASSERT_NEAR(row[i], row_before[i], 0.02F) << tensor.name;
    }
  }
}

TEST_F(ConvertTest, AQuantisedFileIsNotQuantisedAgainUnlessAsked) {
  const fs::path source = write({{"token_embd.weight", 64, 8}, {"blk.0.attn_q.weight", 64, 8}});
  ASSERT_TRUE(convert(source, "Q4_0"));
  fs::rename(folder_ / "out.gguf", folder_ / "small.gguf");
  const auto refused = convert(folder_ / "small.gguf", "Q8_0");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
  EXPECT_TRUE(refused.error().message.ends_with("blk.0.attn_q.weight is Q4_0 already"))
      << refused.error().message;
  EXPECT_TRUE(convert(folder_ / "small.gguf", "Q4_0")) << "nothing would change";
  EXPECT_TRUE(convert(folder_ / "small.gguf", "Q8_0", Requantize::kAllow));
}

TEST_F(ConvertTest, WhatFailsLeavesNothingBehind) {
  const fs::path source = write({{"token_embd.weight", 64, 8}, {"blk.0.attn_q.weight", 64, 8, 1e9F}});
  const auto expect_only_the_source = [&](const Result<Outcome>& outcome, std::string_view message) {
    ASSERT_FALSE(outcome);
    EXPECT_NE(outcome.error().message.find(message), std::string::npos) << outcome.error().message;
    for (const auto& entry : fs::directory_iterator(folder_)) EXPECT_EQ(entry.path().filename(), "in.gguf");
  };
  expect_only_the_source(convert(source, "Q4_0"),
                         "blk.0.attn_q.weight has values that are not finite or too large for Q4_0");
  expect_only_the_source(convert(source, "F32", Requantize::kRefuse, [](const Progress&) { return false; }),
                         "stopped");
  write({{"token_embd.weight", 64, 8, std::numeric_limits<float>::quiet_NaN()}});
  expect_only_the_source(convert(source, "Q8_0"), "token_embd.weight has values");
  const auto file = gguf::File::open(source);
  expect_only_the_source(
      convert_file(**file, source, {*find_file_type("F16")}, pool_, [](const Progress&) { return true; }),
      "is the file that is read");
  expect_only_the_source(convert_file(**file, folder_ / "no" / "out.gguf", {*find_file_type("F32")}, pool_,
                                      [](const Progress&) { return true; }),
                         "No such file or directory");
  EXPECT_FALSE(find_file_type("Q9_9"));
}

TEST_F(ConvertTest, ProgressGoesToTheEnd) {
  const fs::path source = write({{"token_embd.weight", 256, 40'000}, {"blk.0.attn_q.weight", 64, 8}});
  int64_t last = -1;
  int64_t total = 0;
  size_t calls = 0;
  ASSERT_TRUE(convert(source, "Q8_0", Requantize::kRefuse, [&](const Progress& progress) {
    EXPECT_GT(progress.done_bytes, last);
    last = progress.done_bytes;
    total = progress.total_bytes;
    ++calls;
    return true;
  }));
  EXPECT_EQ(total, 256 * 40'000 * 4 + 64 * 8 * 4);
  EXPECT_GE(calls, 3U);
}

}  // namespace
}  // namespace samovar::quantize
