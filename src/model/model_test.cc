#include "model/model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "model/kv_cache.h"
#include "model/transformer.h"
#include "model/vocabulary.h"

namespace samovar::model {
namespace {

const std::string kTiny = std::string(SAMOVAR_TEST_DATA) + "/model/tiny-llama.gguf";

std::string read_tiny() {
  std::ifstream file(kTiny, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class ModelTest : public testing::Test {
 protected:
  void SetUp() override {
    path_ =
        std::filesystem::path(testing::TempDir()) / ("samovar-model-" + std::to_string(getpid()) + ".gguf");
  }
  void TearDown() override { std::filesystem::remove(path_); }

  // Loads the tiny model after a change of its bytes.
  Result<std::shared_ptr<const Model>> load(const std::string& bytes, const LoadOptions& options = {}) {
    std::ofstream(path_, std::ios::binary) << bytes;
    return load_model(path_, options, kernels::table(), pool_);
  }

  void expect_error(const std::string& bytes, Code code, std::initializer_list<std::string_view> parts) {
    const auto loaded = load(bytes);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, code) << loaded.error().message;
    for (const std::string_view part : parts) {
      EXPECT_NE(loaded.error().message.find(part), std::string::npos)
          << loaded.error().message << " lacks " << part;
    }
  }

  // The tiny file with `from` replaced by `to` of the same length, at its first place.
  static std::string with(const std::string& from, const std::string& to) {
    std::string bytes = read_tiny();
    const size_t at = bytes.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    EXPECT_EQ(from.size(), to.size());
    return bytes.replace(at, from.size(), to);
  }

  platform::ThreadPool pool_{2};
  std::filesystem::path path_;
};

TEST_F(ModelTest, ReadsConfigurationAndVocabulary) {
  const auto model = load(read_tiny());
  ASSERT_TRUE(model) << model.error().message;
  const Config& config = (*model)->config;
  EXPECT_EQ(config.arch, "llama");
  EXPECT_EQ(config.n_layers, 2U);
  EXPECT_EQ(config.n_heads, 4U);
  EXPECT_EQ(config.n_kv_heads, 2U);
  EXPECT_EQ(config.head_dim, 16U);
  EXPECT_EQ(config.n_ctx_train, 256U);
  EXPECT_EQ(config.kv_type, tensor::Type::kF32);
  EXPECT_FLOAT_EQ(config.attention_scale, 0.25F);
  const text::Vocabulary& vocabulary = (*model)->tokenizer->vocabulary();
  EXPECT_EQ(vocabulary.tokens.size(), config.n_vocab);
  EXPECT_EQ(vocabulary.tokens[1], "<|im_start|>");
  EXPECT_EQ(vocabulary.eos_id, 2);
  EXPECT_FALSE(vocabulary.add_bos);
}

TEST_F(ModelTest, PrefillSlicesAndDecodeAgree) {
  const auto model = load(read_tiny());
  ASSERT_TRUE(model);
  const size_t n_vocab = (*model)->config.n_vocab;
  std::vector<std::vector<float>> results;
  for (const size_t batch : {60U, 7U, 1U}) {
    auto cache = KvCache::make((*model)->config, 2, 64);
    ASSERT_TRUE(cache);
    ops::Exec exec(pool_, kernels::table());
    Transformer transformer((*model)->config, (*model)->weights, *cache, exec);
    std::span<const float> logits;
    for (size_t begin = 0; begin < 60; begin += batch) {
      std::vector<BatchRow> rows;
      for (size_t pos = begin; pos < std::min<size_t>(60, begin + batch); ++pos) {
        rows.push_back(
            {static_cast<text::TokenId>((pos * 31 + 5) % n_vocab), static_cast<int32_t>(pos), 1, pos == 59});
      }
      logits = transformer.forward(rows);
    }
    ASSERT_EQ(logits.size(), n_vocab);
    results.emplace_back(logits.begin(), logits.end());
  }
  for (size_t i = 0; i < n_vocab; ++i) {
    EXPECT_NEAR(results[0][i], results[1][i], 1e-4);
    EXPECT_NEAR(results[0][i], results[2][i], 1e-4);
  }
}

// Logits of the last of `n_tokens`, computed in passes of `batch` beside rows of another sequence.
std::vector<float> logits_in_passes(const Model& model, platform::ThreadPool& pool, size_t n_tokens,
                                    size_t batch, RowKind kind) {
  auto cache = KvCache::make(model.config, 2, n_tokens + 1);
  ops::Exec exec(pool, kernels::table());
  Transformer transformer(model.config, model.weights, *cache, exec);
  std::span<const float> logits;
  for (size_t begin = 0; begin < n_tokens; begin += batch) {
    std::vector<BatchRow> rows = {{7, static_cast<int32_t>(begin / batch), 0, false, RowKind::kAnswer}};
    for (size_t pos = begin; pos < std::min(n_tokens, begin + batch); ++pos) {
      const auto token = static_cast<text::TokenId>((pos * 31 + 5) % model.config.n_vocab);
      rows.push_back({token, static_cast<int32_t>(pos), 1, pos + 1 == n_tokens, kind});
    }
    logits = transformer.forward(rows);
  }
  return {logits.begin(), logits.end()};
}

TEST_F(ModelTest, LogitsDoNotDependOnHowTheBatchIsCut) {
  const auto model = load(read_tiny());
  ASSERT_TRUE(model);
  for (const RowKind kind : {RowKind::kAnswer, RowKind::kPrompt}) {
    const std::vector<float> one_by_one = logits_in_passes(**model, pool_, 60, 1, kind);
    for (const size_t batch : {2U, 3U, 5U, 16U, 60U}) {
      EXPECT_EQ(logits_in_passes(**model, pool_, 60, batch, kind), one_by_one) << batch << " at a time";
    }
  }
}

TEST_F(ModelTest, SequencesOfOneBatchDoNotSeeEachOther) {
  const auto model = load(read_tiny());
  ASSERT_TRUE(model);
  const size_t n_vocab = (*model)->config.n_vocab;
  auto cache = KvCache::make((*model)->config, 2, 16);
  ops::Exec exec(pool_, kernels::table());
  Transformer transformer((*model)->config, (*model)->weights, *cache, exec);
  const std::vector<BatchRow> alone = {{10, 0, 0, false}, {11, 1, 0, true}};
  const auto first = transformer.forward(alone);
  const std::vector<float> expected(first.begin(), first.end());
  const std::vector<BatchRow> both = {
      {10, 0, 0, false}, {11, 1, 0, true}, {99, 0, 1, false}, {98, 1, 1, false}, {97, 2, 1, true}};
  const auto logits = transformer.forward(both);
  ASSERT_EQ(logits.size(), 2 * n_vocab);
  for (size_t i = 0; i < n_vocab; ++i) EXPECT_NEAR(logits[i], expected[i], 1e-5);
}

TEST_F(ModelTest, UnknownArchitecturesAreNamedWithTheKnownOnes) {
  std::string bytes = read_tiny();
  const size_t at = bytes.find("llama", bytes.find("general.architecture"));
  bytes.replace(at, 5, "lemma");
  expect_error(bytes, Code::kUnsupported, {"'lemma'", "gemma2", "qwen3", path_.string()});
}

TEST_F(ModelTest, MissingKeysAndTensorsAreNamed) {
  expect_error(with("llama.block_count", "llama.block_cOunt"), Code::kCorrupt,
               {"'llama.block_count'", "missing"});
  expect_error(with("blk.1.ffn_up.weight", "blk.1.ffn_uq.weight"), Code::kCorrupt, {"'blk.1.ffn_up.weight'"});
  expect_error(with("tokenizer.ggml.tokens", "tokenizer.ggml.tokenz"), Code::kCorrupt,
               {"tokenizer.ggml.tokens"});
}

// Overwrites a 32-bit metadata value (type, then value) behind its key.
std::string with_value(const std::string& key, uint32_t value) {
  std::string bytes = read_tiny();
  const size_t at = bytes.find(key) + key.size() + 4;
  std::memcpy(&bytes[at], &value, 4);
  return bytes;
}

TEST_F(ModelTest, ContradictionsAreNamed) {
  expect_error(with_value("llama.embedding_length", 128), Code::kCorrupt, {"shape"});
  expect_error(with_value("llama.block_count", 3), Code::kCorrupt, {"'blk.2.attn_norm.weight'"});
  expect_error(with_value("llama.block_count", 0), Code::kCorrupt, {"'llama.block_count' is 0"});
  expect_error(with_value("llama.attention.head_count_kv", 3), Code::kCorrupt, {"4 attention heads", "3"});
  expect_error(with_value("llama.feed_forward_length", 0xFFFFFFFF), Code::kCorrupt, {"feed_forward_length"});
}

TEST_F(ModelTest, UnsupportedTensorTypesAreNamed) {
  std::string bytes = read_tiny();
  const std::string name = "blk.0.attn_q.weight";
  const uint32_t iq2_xxs = 16;
  std::memcpy(&bytes[bytes.find(name) + name.size() + 4 + 16], &iq2_xxs, 4);
  expect_error(bytes, Code::kUnsupported, {"unsupported type IQ2_XXS", "'blk.0.attn_q.weight'"});
}

TEST_F(ModelTest, SaysHowMuchMemoryIsMissing) {
  LoadOptions small;
  small.memory_limit_bytes = size_t{70} << 20U;
  ASSERT_TRUE(load(read_tiny(), small));
  small.memory_limit_bytes = size_t{64} << 20U;
  const auto loaded = load(read_tiny(), small);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, Code::kOutOfMemory);
  EXPECT_NE(loaded.error().message.find("0.07 GB may be taken"), std::string::npos) << loaded.error().message;
}

// The cache of one conversation counts as much as the weights do.
TEST_F(ModelTest, TheContextCountsAsMemory) {
  const auto model = load(read_tiny());
  ASSERT_TRUE(model);
  LoadOptions tight;
  tight.n_ctx = (*model)->config.n_ctx_limit;
  tight.memory_limit_bytes = (size_t{64} << 20U) + (*model)->weights.arena.used_bytes() +
                             KvCache::bytes_per_sequence((*model)->config, tight.n_ctx);
  EXPECT_TRUE(load(read_tiny(), tight));
  tight.memory_limit_bytes -= KvCache::bytes_per_sequence((*model)->config, 1) * 2;
  EXPECT_FALSE(load(read_tiny(), tight));
  tight.n_ctx -= 8;
  EXPECT_TRUE(load(read_tiny(), tight));
}

TEST_F(ModelTest, EveryTruncationFailsWithoutACrash) {
  const std::string bytes = read_tiny();
  for (size_t n = 0; n < bytes.size(); n += 997) EXPECT_FALSE(load(bytes.substr(0, n))) << n;
}

}  // namespace
}  // namespace samovar::model
