#include "ops/head.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <iostream>
#include <limits>

#include "ops/random_head.h"

namespace samovar::ops {
namespace {

using tensor::Type;

constexpr float kNever = -std::numeric_limits<float>::infinity();
constexpr Type kHeadTypes[] = {Type::kQ8_0, Type::kQ6_K};

bool same_bits(float a, float b) { return std::memcmp(&a, &b, sizeof a) == 0; }

class HeadTest : public testing::Test {
 protected:
  struct Case {
    const RandomHead& head;
    const kernels::Table& table;
    const std::vector<float>& x;
    float softcap = 0.0F;
  };

  std::vector<float> run(const Case& one, const std::vector<HeadRow>& wanted) {
    Exec exec(pool_, one.table);
    Head head(one.head.weights(), one.softcap);
    const size_t cols = one.head.n_cols();
    std::vector<float> logits(wanted.size() * one.head.n_rows(), 777.0F);
    head.run(exec, {one.x.data(), wanted.size(), cols, cols}, wanted, logits.data());
    counts_ = head.counts();
    return logits;
  }

  // The best, all equal to the last of them, and `also` have the bits of `all`; the others those, or
  // -infinity.
  static void expect_wanted(std::span<const float> all, std::span<const float> few, const HeadRow& wanted) {
    std::vector<float> order(all.begin(), all.end());
    for (float& value : order) value = std::isnan(value) ? kNever : value;
    std::sort(order.begin(), order.end(), std::greater<>());
    const float last = wanted.n_best == 0 ? kNever : order[wanted.n_best - 1];
    for (size_t i = 0; i < all.size(); ++i) {
      const bool exact = same_bits(all[i], few[i]);
      ASSERT_TRUE(exact || few[i] == kNever) << "row " << i << ": " << few[i] << " instead of " << all[i];
      ASSERT_TRUE(exact || !(all[i] >= last)) << "row " << i << " is left out: " << all[i] << " of " << last;
    }
    for (const int32_t id : wanted.also) {
      ASSERT_TRUE(same_bits(all[static_cast<size_t>(id)], few[static_cast<size_t>(id)])) << "token " << id;
    }
  }

  void expect_same_choice(const Case& one, size_t n_tokens, uint32_t seed) {
    const size_t n_rows = one.head.n_rows();
    const std::vector<float> all = run(one, std::vector<HeadRow>(n_tokens));
    EXPECT_EQ(counts_.logits, 0U);
    std::mt19937 random(seed);
    std::vector<std::vector<int32_t>> also(n_tokens);
    std::vector<HeadRow> wanted;
    for (std::vector<int32_t>& ids : also) {
      for (size_t i = random() % 5; i > 0; --i) ids.push_back(static_cast<int32_t>(random() % n_rows));
      constexpr size_t kBest[] = {1, 2, 8, 0, 40, 1, 5};
      wanted.push_back({kBest[random() % std::size(kBest)], ids});
    }
    const std::vector<float> few = run(one, wanted);
    for (size_t t = 0; t < n_tokens; ++t) {
      expect_wanted({&all[t * n_rows], n_rows}, {&few[t * n_rows], n_rows}, wanted[t]);
      if (HasFatalFailure()) {
        ADD_FAILURE() << one.table.isa << " softcap " << one.softcap << " seed " << seed << " token " << t;
        return;
      }
    }
    logits_ += counts_.logits;
    completed_ += counts_.completed;
  }

  platform::ThreadPool pool_{2};
  Head::Counts counts_;  // of the last run
  size_t logits_ = 0;
  size_t completed_ = 0;
};

TEST_F(HeadTest, TheBestHaveTheBitsOfTheFullHead) {
  std::string names;
  for (const kernels::Table* table : kernels::available_tables()) {
    names += " " + std::string(table->isa);
    for (const Type type : kHeadTypes) {
      logits_ = completed_ = 0;
      for (uint32_t seed = 0; seed < 12; ++seed) {
        const size_t rows = 1500 + seed * 517;
        const size_t cols = seed % 3 == 2 ? 768 : 256;
        const RandomHead head(pool_, *table, type, rows, cols, kernels::random_rows(type, rows, cols, seed));
        const size_t n_tokens = seed == 5 ? 19 : 1 + seed % 4;
        const std::vector<float> x = head.hidden_states(n_tokens + seed % 2, seed);
        expect_same_choice({head, *table, x}, n_tokens, seed);
        expect_same_choice({head, *table, x, 30.0F}, n_tokens, seed + 100);
        expect_same_choice({head, *table, x, 0.25F}, n_tokens, seed + 200);  // nearly all logits equal
        if (HasFailure()) return;
      }
      // Or else the test says nothing.
      EXPECT_LT(completed_, logits_ * 3 / 4) << table->isa << " " << tensor::type_info(type).name;
    }
  }
  std::cout << "heads tested:" << names << "\n";
}

TEST_F(HeadTest, HostileScalesChangeNothing) {
  for (const kernels::Table* table : kernels::available_tables()) {
    for (const Type type : kHeadTypes) {
      const tensor::TypeInfo& info = tensor::type_info(type);
      for (const uint16_t half :
           std::initializer_list<uint16_t>{0x7C00, 0xFC00, 0x7E00, 0xFE01, 0x0000, 0x8000, 0x8001, 0xFBFF}) {
        std::vector<std::byte> bytes = kernels::random_rows(type, 1300, 512, half);
        const size_t half_at = type == Type::kQ8_0 ? 0 : 208;
        for (size_t block = 0; block * info.block_bytes < bytes.size(); block += 97) {
          std::memcpy(&bytes[block * info.block_bytes + half_at], &half, 2);
        }
        const RandomHead head(pool_, *table, type, 1300, 512, bytes);
        const std::vector<float> x = head.hidden_states(4, half);
        expect_same_choice({head, *table, x}, 4, half);
        expect_same_choice({head, *table, x, 30.0F}, 4, half);
        if (HasFailure()) return;
      }
    }
  }
}

// Zero weights, zero states, states beyond all bounds, more wanted than there are groups.
TEST_F(HeadTest, DegenerateInputsTakeTheFullHead) {
  for (const kernels::Table* table : kernels::available_tables()) {
    for (const Type type : kHeadTypes) {
      const size_t bytes = 300 * tensor::row_bytes(type, 256);
      const RandomHead zero(pool_, *table, type, 300, 256, std::vector<std::byte>(bytes));
      const RandomHead some(pool_, *table, type, 300, 256, kernels::random_rows(type, 300, 256, 1));
      std::vector<float> x = some.hidden_states(3, 9);
      expect_same_choice({zero, *table, x}, 3, 1);
      std::fill(x.begin(), x.begin() + 256, 0.0F);
      for (size_t i = 256; i < 512; ++i) x[i] *= 1e30F;
      x[700] = std::numeric_limits<float>::infinity();
      expect_same_choice({some, *table, x}, 3, 2);
    }
  }
}

TEST_F(HeadTest, OtherTypesAreNotSplit) {
  const kernels::Table& table = kernels::table();
  const RandomHead head(pool_, table, Type::kQ4_0, 300, 256, kernels::random_rows(Type::kQ4_0, 300, 256, 1));
  EXPECT_FALSE(head.weights().is_split());
  const std::vector<float> x = head.hidden_states(2, 9);
  expect_same_choice({head, table, x}, 2, 1);
  expect_same_choice({head, table, x, 30.0F}, 2, 1);
}

TEST_F(HeadTest, TakesATenthMoreMemoryAtMost) {
  for (const kernels::Table* table : kernels::available_tables()) {
    for (const Type type : kHeadTypes) {
      const RandomHead head(pool_, *table, type, 1000, 768, kernels::random_rows(type, 1000, 768, 1));
      EXPECT_TRUE(head.weights().is_split());
      EXPECT_LE(head.packed_bytes(), 1000 * tensor::row_bytes(type, 768) * 11 / 10);
    }
  }
}

}  // namespace
}  // namespace samovar::ops
