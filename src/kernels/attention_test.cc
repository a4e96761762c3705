// Every compiled instruction set against softmax attention in double precision.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "kernels/table.h"

namespace samovar::kernels {
namespace {

// The value of a finite half, from its definition.
double half_value(uint16_t half) {
  const int exponent = (half >> 10) & 31;
  const int fraction = half & 1023;
  const double sign = (half & 0x8000) != 0 ? -1.0 : 1.0;
  return exponent == 0 ? sign * std::ldexp(fraction, -24) : sign * std::ldexp(1024 + fraction, exponent - 25);
}

struct Shape {
  size_t head_dim = 64;
  size_t n_queries = 1;
  size_t n_keys = 100;
  size_t kv_stride = 64;
  float query_spread = 1.0F;  // queries are normal with this deviation
  float softcap = 0.0F;
  bool float_cache = false;
  bool quantized_cache = false;
};

// One call of attend with its data. Pointers are unaligned on purpose.
class Problem {
 public:
  Problem(const Table& table, const Shape& shape) : table_(table), shape_(shape) {
    queries_ = normal(shape.n_queries * (shape.head_dim + 1) + 1, shape.query_spread);
    float_keys_ = normal(shape.n_keys * shape.kv_stride + 1, 1.0F);
    float_values_ = normal(shape.n_keys * shape.kv_stride + 1, 1.0F);
    keys_ = halves(float_keys_);
    values_ = halves(float_values_);
    if (shape.quantized_cache) {
      quantized_keys_ = blocks(float_keys_);
      quantized_values_ = blocks(float_values_);
    }
    first_key.assign(shape.n_queries, 0);
    end_key.assign(shape.n_queries, static_cast<int32_t>(shape.n_keys));
  }

  // The last rows end at the last key, `rows_per_token` rows share a position; at most `window` keys each.
  void make_causal(size_t rows_per_token, size_t window) {
    const size_t n_tokens = (shape_.n_queries + rows_per_token - 1) / rows_per_token;
    for (size_t i = 0; i < shape_.n_queries; ++i) {
      const size_t end = shape_.n_keys - n_tokens + i / rows_per_token + 1;
      end_key[i] = static_cast<int32_t>(end);
      first_key[i] = static_cast<int32_t>(end > window ? end - window : 0);
    }
  }

  // Computes all rows by both methods.
  void run() {
    for (const AttentionMethod method : kMethods) outputs_of(method) = attend(method, 0, shape_.n_queries);
  }

  // Rows [begin, end) of the queries in one call: what is written, a guard before each row and at the end.
  std::vector<float> attend(AttentionMethod method, size_t begin, size_t end) {
    const size_t n_queries = end - begin;
    std::vector<float> out(n_queries * (shape_.head_dim + 1) + 1, kGuard);
    std::vector<const float*> queries;
    std::vector<float*> outputs;
    for (size_t i = 0; i < n_queries; ++i) {
      queries.push_back(queries_.data() + (begin + i) * (shape_.head_dim + 1) + 1);
      outputs.push_back(out.data() + i * (shape_.head_dim + 1) + 1);
    }
    const size_t scratch_floats = table_.attention_scratch_floats(shape_.head_dim, n_queries);
    std::vector<float> scratch(scratch_floats + 2, kGuard);
    table_.attend({.method = method,
                   .head_dim = shape_.head_dim,
                   .n_queries = n_queries,
                   .queries = queries.data(),
                   .outputs = outputs.data(),
                   .first_key = first_key.data() + begin,
                   .end_key = end_key.data() + begin,
                   .keys = shape_.float_cache || shape_.quantized_cache ? nullptr : keys_.data() + 1,
                   .values = shape_.float_cache || shape_.quantized_cache ? nullptr : values_.data() + 1,
                   .float_keys = shape_.float_cache ? float_keys_.data() + 1 : nullptr,
                   .float_values = shape_.float_cache ? float_values_.data() + 1 : nullptr,
                   .quantized_keys = shape_.quantized_cache ? quantized_keys_.data() : nullptr,
                   .quantized_values = shape_.quantized_cache ? quantized_values_.data() : nullptr,
                   .kv_stride = shape_.kv_stride,
                   .scale = scale(),
                   .softcap = shape_.softcap,
                   .scratch = scratch.data() + 1});
    EXPECT_EQ(scratch.front(), kGuard) << "scratch";
    EXPECT_EQ(scratch.back(), kGuard) << "scratch";
    for (size_t i = 0; i <= n_queries; ++i) {
      EXPECT_EQ(out[i * (shape_.head_dim + 1)], kGuard) << "written outside output row " << i;
    }
    return out;
  }

  // Largest difference of any output of run() from double precision.
  double error() const {
    double worst = 0.0;
    for (size_t i = 0; i < shape_.n_queries; ++i) {
      const std::vector<double> expected = reference(i);
      for (const std::vector<float>& outputs : outputs_) {
        for (size_t d = 0; d < shape_.head_dim; ++d) {
          const double actual = static_cast<double>(outputs[i * (shape_.head_dim + 1) + 1 + d]);
          if (std::isnan(actual)) return std::numeric_limits<double>::infinity();
          worst = std::max(worst, std::abs(actual - expected[d]));
        }
      }
    }
    return worst;
  }

  // The rows of `method` whose outputs change, be it by one bit, when they are computed `at_once` by
  // `at_once`.
  std::vector<size_t> rows_that_change(AttentionMethod method, size_t at_once) {
    std::vector<size_t> changed;
    const size_t row_bytes = (shape_.head_dim + 1) * sizeof(float);
    for (size_t begin = 0; begin < shape_.n_queries; begin += at_once) {
      const size_t end = std::min(shape_.n_queries, begin + at_once);
      const std::vector<float> alone = attend(method, begin, end);
      for (size_t i = begin; i < end; ++i) {
        const float* row = outputs_of(method).data() + i * (shape_.head_dim + 1);
        const float* row_alone = alone.data() + (i - begin) * (shape_.head_dim + 1);
        if (std::memcmp(row, row_alone, row_bytes) != 0) changed.push_back(i);
      }
    }
    return changed;
  }

  static constexpr AttentionMethod kMethods[] = {AttentionMethod::kFewRows, AttentionMethod::kManyRows};

  uint16_t* key(size_t position) { return keys_.data() + 1 + position * shape_.kv_stride; }
  uint16_t* value(size_t position) { return values_.data() + 1 + position * shape_.kv_stride; }

  std::vector<int32_t> first_key;
  std::vector<int32_t> end_key;

 private:
  static constexpr float kGuard = 12345.0F;

  std::vector<float>& outputs_of(AttentionMethod method) { return outputs_[static_cast<size_t>(method)]; }

  float scale() const { return 1.0F / std::sqrt(static_cast<float>(shape_.head_dim)); }

  std::vector<float> normal(size_t n, float spread) {
    std::normal_distribution<float> distribution(0.0F, spread);
    std::vector<float> out(n);
    std::generate(out.begin(), out.end(), [&] { return distribution(random_); });
    return out;
  }

  std::vector<uint16_t> halves(const std::vector<float>& x) const {
    std::vector<uint16_t> out(x.size());
    table_.to_f16(x.data(), x.size(), out.data());
    return out;
  }

  // Element 0 is skipped, as in the other caches.
  std::vector<CacheBlock> blocks(const std::vector<float>& x) const {
    std::vector<CacheBlock> out((x.size() - 1) / 32);
    table_.to_cache_blocks(x.data() + 1, out.size() * 32, out.data());
    return out;
  }

  static double number_at(const std::vector<CacheBlock>& blocks, size_t i) {
    return half_value(blocks[i / 32].scale) * blocks[i / 32].codes[i % 32];
  }

  double key_at(size_t position, size_t d) const {
    if (shape_.quantized_cache) return number_at(quantized_keys_, position * shape_.kv_stride + d);
    const size_t at = 1 + position * shape_.kv_stride + d;
    return shape_.float_cache ? static_cast<double>(float_keys_[at]) : half_value(keys_[at]);
  }

  double value_at(size_t position, size_t d) const {
    if (shape_.quantized_cache) return number_at(quantized_values_, position * shape_.kv_stride + d);
    const size_t at = 1 + position * shape_.kv_stride + d;
    return shape_.float_cache ? static_cast<double>(float_values_[at]) : half_value(values_[at]);
  }

  std::vector<double> reference(size_t row) const {
    const size_t first = static_cast<size_t>(first_key[row]);
    const size_t end = static_cast<size_t>(end_key[row]);
    const float* query = queries_.data() + row * (shape_.head_dim + 1) + 1;
    std::vector<double> scores;
    for (size_t p = first; p < end; ++p) {
      double score = 0.0;
      for (size_t d = 0; d < shape_.head_dim; ++d) {
        score += static_cast<double>(query[d]) * key_at(p, d);
      }
      score *= static_cast<double>(scale());
      const double cap = static_cast<double>(shape_.softcap);
      scores.push_back(cap > 0.0 ? cap * std::tanh(score / cap) : score);
    }
    const double largest = *std::max_element(scores.begin(), scores.end());
    std::vector<double> out(shape_.head_dim, 0.0);
    double sum = 0.0;
    for (size_t p = first; p < end; ++p) {
      const double weight = std::exp(scores[p - first] - largest);
      sum += weight;
      for (size_t d = 0; d < shape_.head_dim; ++d) {
        out[d] += weight * value_at(p, d);
      }
    }
    for (double& x : out) x /= sum;
    return out;
  }

  const Table& table_;
  Shape shape_;
  std::mt19937 random_{42};
  std::vector<float> queries_;
  std::vector<float> outputs_[2];  // by method; a guard before each row and at the end
  std::vector<uint16_t> keys_;
  std::vector<uint16_t> values_;
  std::vector<float> float_keys_;
  std::vector<float> float_values_;
  std::vector<CacheBlock> quantized_keys_;
  std::vector<CacheBlock> quantized_values_;
};

class Attention : public testing::TestWithParam<const Table*> {
 protected:
  const Table& table() const { return *GetParam(); }
};

std::string isa_name(const testing::TestParamInfo<const Table*>& info) {
  return std::string(info.param->isa);
}

INSTANTIATE_TEST_SUITE_P(Isa, Attention,
                         testing::ValuesIn(available_tables().begin(), available_tables().end()), isa_name);

constexpr double kTolerance = 2e-5;
constexpr size_t kQueryCounts[] = {1, 2, 3, 4, 5, 6, 7, 12, 13, 16, 33, 64};

TEST_P(Attention, EveryHeadSizeAndRowCount) {
  for (const size_t head_dim : {8, 16, 24, 40, 64, 72, 80, 96, 128, 256, 512}) {
    for (const size_t n_queries : kQueryCounts) {
      Problem problem(table(),
                      {.head_dim = head_dim, .n_queries = n_queries, .n_keys = 77, .kv_stride = head_dim});
      problem.run();
      EXPECT_LE(problem.error(), kTolerance) << "head_dim " << head_dim << ", queries " << n_queries;
    }
  }
}

TEST_P(Attention, EveryNumberOfKeys) {
  for (size_t n_keys = 1; n_keys <= 200; n_keys += n_keys < 80 ? 1 : 17) {
    for (const size_t n_queries : {1, 2, 3, 4, 7}) {
      Problem problem(table(), {.head_dim = 24, .n_queries = n_queries, .n_keys = n_keys, .kv_stride = 56});
      problem.run();
      EXPECT_LE(problem.error(), kTolerance) << "keys " << n_keys << ", queries " << n_queries;
    }
  }
}

TEST_P(Attention, CausalRowsAndWindows) {
  for (const size_t n_queries : kQueryCounts) {
    for (const size_t rows_per_token : {1, 2, 3}) {
      for (const size_t window : {1, 5, 64, 100, 1000}) {
        for (const float softcap : {0.0F, 5.0F}) {
          Problem problem(table(), {.head_dim = 32,
                                    .n_queries = n_queries,
                                    .n_keys = 259,
                                    .kv_stride = 64,
                                    .query_spread = 4.0F,
                                    .softcap = softcap});
          problem.make_causal(rows_per_token, window);
          problem.run();
          EXPECT_LE(problem.error(), kTolerance)
              << "queries " << n_queries << ", rows per token " << rows_per_token << ", window " << window
              << ", softcap " << softcap;
        }
      }
    }
  }
}

TEST_P(Attention, ARowIsTheSameWhateverIsComputedWithIt) {
  for (const std::string cache : {"f16", "f32", "q8_0"}) {
    for (const size_t head_dim : {40, 64, 128, 256}) {
      if (cache == "q8_0" && head_dim % 32 != 0) continue;
      for (const size_t window : {100, 1000}) {
        Problem problem(table(), {.head_dim = head_dim,
                                  .n_queries = 33,
                                  .n_keys = 259,
                                  .kv_stride = head_dim,
                                  .softcap = window == 100 ? 5.0F : 0.0F,
                                  .float_cache = cache == "f32",
                                  .quantized_cache = cache == "q8_0"});
        problem.make_causal(3, window);
        problem.run();
        for (const AttentionMethod method : Problem::kMethods) {
          for (const size_t at_once : {1, 2, 3, 6, 7, 16}) {
            EXPECT_EQ(problem.rows_that_change(method, at_once), std::vector<size_t>())
                << "method " << static_cast<int>(method) << ", " << at_once << " at once, head_dim "
                << head_dim << ", window " << window << ", " << cache;
          }
        }
      }
    }
  }
}

TEST_P(Attention, RowsThatSeeUnrelatedKeys) {
  for (const size_t n_queries : kQueryCounts) {
    Problem problem(table(), {.head_dim = 48, .n_queries = n_queries, .n_keys = 500, .kv_stride = 48});
    std::mt19937 random(7);
    for (size_t i = 0; i < n_queries; ++i) {
      const uint32_t first = static_cast<uint32_t>(random()) % 499;
      problem.first_key[i] = static_cast<int32_t>(first);
      problem.end_key[i] = static_cast<int32_t>(first + 1 + static_cast<uint32_t>(random()) % (500 - first));
    }
    problem.run();
    EXPECT_LE(problem.error(), kTolerance) << "queries " << n_queries;
  }
}

TEST_P(Attention, HiddenKeysAreNotRead) {
  for (const size_t n_queries : kQueryCounts) {
    Problem problem(table(), {.head_dim = 64, .n_queries = n_queries, .n_keys = 300, .kv_stride = 64});
    for (size_t i = 0; i < n_queries; ++i) {
      problem.first_key[i] = 70;
      problem.end_key[i] = 131;
    }
    constexpr uint16_t kNotANumber = 0x7E00;
    for (size_t p = 0; p < 300; ++p) {
      if (p >= 70 && p < 131) continue;
      std::fill_n(problem.key(p), 64, kNotANumber);
      std::fill_n(problem.value(p), 64, kNotANumber);
    }
    problem.run();
    EXPECT_LE(problem.error(), kTolerance) << "queries " << n_queries;
  }
}

TEST_P(Attention, CachesOfFloats) {
  for (const size_t head_dim : {8, 24, 64, 80, 256}) {
    for (const size_t n_queries : kQueryCounts) {
      for (const float softcap : {0.0F, 5.0F}) {
        Problem problem(table(), {.head_dim = head_dim,
                                  .n_queries = n_queries,
                                  .n_keys = 173,
                                  .kv_stride = head_dim + 8,
                                  .softcap = softcap,
                                  .float_cache = true});
        problem.make_causal(2, 100);
        problem.run();
        EXPECT_LE(problem.error(), kTolerance) << "head_dim " << head_dim << ", queries " << n_queries;
      }
    }
  }
}

TEST_P(Attention, QuantizedCaches) {
  for (const size_t head_dim : {32, 64, 96, 128, 256}) {
    for (const size_t n_queries : kQueryCounts) {
      for (const size_t padding : {0, 32}) {
        Problem problem(table(), {.head_dim = head_dim,
                                  .n_queries = n_queries,
                                  .n_keys = 173,
                                  .kv_stride = head_dim + padding,
                                  .softcap = padding == 0 ? 0.0F : 5.0F,
                                  .quantized_cache = true});
        problem.make_causal(2, 100);
        problem.run();
        EXPECT_LE(problem.error(), kTolerance) << "head_dim " << head_dim << ", queries " << n_queries;
      }
    }
  }
}

// Scores of up to +-1e4: the softmax is nearly one-hot; one float step of such a score is 1e-3, so the
// tolerance is that of the score times the spread of the values.
TEST_P(Attention, LargeScoresStayFinite) {
  for (const size_t n_queries : {1, 2, 4, 16}) {
    Problem problem(
        table(),
        {.head_dim = 64, .n_queries = n_queries, .n_keys = 333, .kv_stride = 64, .query_spread = 3000.0F});
    problem.run();
    EXPECT_LE(problem.error(), 1e-2) << "queries " << n_queries;
  }
}

TEST_P(Attention, SoftcapFlattensLargeScores) {
  for (const size_t n_queries : {1, 3, 16}) {
    Problem problem(table(), {.head_dim = 256,
                              .n_queries = n_queries,
                              .n_keys = 200,
                              .kv_stride = 512,
                              .query_spread = 3000.0F,
                              .softcap = 50.0F});
    problem.run();
    EXPECT_LE(problem.error(), kTolerance) << "queries " << n_queries;
  }
}

TEST_P(Attention, LongContext) {
  for (const size_t n_queries : {1, 4, 8}) {
    Problem problem(table(), {.head_dim = 128, .n_queries = n_queries, .n_keys = 8200, .kv_stride = 128});
    problem.make_causal(2, 4096);
    problem.run();
    EXPECT_LE(problem.error(), kTolerance) << "queries " << n_queries;
  }
}

}  // namespace
}  // namespace samovar::kernels
