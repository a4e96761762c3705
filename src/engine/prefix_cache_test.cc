#include "engine/prefix_cache.h"

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>

namespace samovar::engine {
namespace {

using Tokens = std::vector<text::TokenId>;

constexpr size_t kHeadDim = 16;
constexpr size_t kContext = 512;

model::Config tiny_config() {
  model::Config config;
  config.n_layers = 2;
  config.n_kv_heads = 2;
  config.head_dim = kHeadDim;
  config.kv_type = tensor::Type::kF32;
  return config;
}

Tokens range(text::TokenId first, size_t n) {
  Tokens out(n);
  std::iota(out.begin(), out.end(), first);
  return out;
}

Tokens joined(Tokens a, const Tokens& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

class PrefixCacheTest : public testing::Test {
 protected:
  void make(size_t n_sequences, size_t max_tokens = 1'000'000) {
    kv_ = std::move(*model::KvCache::make(tiny_config(), n_sequences, kContext));
    cache_ = std::make_unique<PrefixCache>(kv_, nullptr, max_tokens * kv_.bytes_per_token());
  }

  // A conversation of these tokens that has ended, its keys and values made of the tokens.
  uint32_t remember(const Tokens& tokens) {
    CachedSequence& sequence = cache_->take(joined(tokens, {-1}));
    for (size_t pos = sequence.tokens.size(); pos < tokens.size(); ++pos) {
      write(sequence.sequence, pos, tokens[pos]);
      sequence.tokens.push_back(tokens[pos]);
    }
    cache_->give_back(sequence);
    return sequence.sequence;
  }

  void write(uint32_t sequence, size_t pos, text::TokenId token) {
    for (size_t layer = 0; layer < 2; ++layer) {
      for (size_t head = 0; head < 2; ++head) {
        const std::vector<float> x(kHeadDim,
                                   static_cast<float>(token) + static_cast<float>(layer * 2 + head));
        kv_.store_key(kernels::table(), {sequence, layer, head, pos}, x.data());
        kv_.store_value(kernels::table(), {sequence, layer, head, pos}, x.data());
      }
    }
  }

  // Whether the sequence holds what write() wrote for its tokens.
  void expect_whole(const CachedSequence& sequence) {
    for (size_t layer = 0; layer < 2; ++layer) {
      for (size_t head = 0; head < 2; ++head) {
        for (size_t pos = 0; pos < sequence.tokens.size(); ++pos) {
          const size_t at = ((head * kContext + pos) * kHeadDim + 5) * sizeof(float);
          float key = 0;
          float value = 0;
          std::memcpy(&key, kv_.keys(sequence.sequence, layer) + at, sizeof key);
          std::memcpy(&value, kv_.values(sequence.sequence, layer) + at, sizeof value);
          const float expected =
              static_cast<float>(sequence.tokens[pos]) + static_cast<float>(layer * 2 + head);
          ASSERT_EQ(key, expected) << pos;
          ASSERT_EQ(value, expected) << pos;
        }
      }
    }
  }

  model::KvCache kv_;
  std::unique_ptr<PrefixCache> cache_;
};

TEST_F(PrefixCacheTest, ANextTurnContinuesInPlace) {
  make(3);
  const uint32_t where = remember(range(1, 100));
  remember(range(1000, 100));
  CachedSequence& next = cache_->take(range(1, 120));
  EXPECT_EQ(next.sequence, where);
  EXPECT_EQ(next.tokens, range(1, 100));
  expect_whole(next);
}

TEST_F(PrefixCacheTest, TheLastTokenIsAlwaysComputed) {
  make(2);
  remember(range(1, 100));
  EXPECT_EQ(cache_->take(range(1, 100)).tokens.size(), 99U);
}

TEST_F(PrefixCacheTest, ASharedBeginningIsCopiedAndTheOtherConversationKept) {
  make(3);
  const Tokens system = range(1, 60);
  const uint32_t first = remember(joined(system, range(500, 100)));
  CachedSequence& second = cache_->take(joined(system, range(700, 50)));
  EXPECT_NE(second.sequence, first);
  EXPECT_EQ(second.tokens, system);
  expect_whole(second);
  CachedSequence& again = cache_->take(joined(system, range(500, 120)));
  EXPECT_EQ(again.sequence, first);
  EXPECT_EQ(again.tokens.size(), 160U);
  expect_whole(again);
}

TEST_F(PrefixCacheTest, AConversationUnderWayLendsItsBeginning) {
  make(2);
  CachedSequence& busy = cache_->take(range(1, 200));
  for (size_t pos = 0; pos < 150; ++pos) {
    write(busy.sequence, pos, static_cast<text::TokenId>(pos + 1));
    busy.tokens.push_back(static_cast<text::TokenId>(pos + 1));
  }
  CachedSequence& other = cache_->take(range(1, 180));
  EXPECT_NE(other.sequence, busy.sequence);
  EXPECT_EQ(other.tokens, range(1, 150));
  expect_whole(other);
  expect_whole(busy);
}

TEST_F(PrefixCacheTest, TheConversationUnusedForLongestMakesRoom) {
  make(3);
  remember(range(1, 50));
  remember(range(100, 50));
  remember(range(200, 50));
  cache_->give_back(cache_->take(range(1, 60)));  // used again
  remember(range(300, 50));                       // takes the place of 100...
  EXPECT_EQ(cache_->take(range(1, 60)).tokens.size(), 50U);
  EXPECT_EQ(cache_->take(range(200, 60)).tokens.size(), 50U);
  EXPECT_EQ(cache_->take(range(100, 60)).tokens.size(), 0U);
}

TEST_F(PrefixCacheTest, MemoryIsBounded) {
  make(8, 250);
  for (text::TokenId i = 0; i < 6; ++i) {
    remember(range(1000 * i, 100));
    EXPECT_LE(cache_->used_bytes(), 250 * kv_.bytes_per_token());
  }
  EXPECT_EQ(cache_->take(range(5000, 110)).tokens.size(), 100U);
  EXPECT_EQ(cache_->take(range(4000, 110)).tokens.size(), 100U);
  EXPECT_EQ(cache_->take(range(3000, 110)).tokens.size(), 0U);
}

TEST_F(PrefixCacheTest, TheOnlyConversationStaysHoweverLong) {
  make(4, 50);
  remember(range(1, 100));
  EXPECT_EQ(cache_->take(range(1, 110)).tokens.size(), 100U);
}

TEST_F(PrefixCacheTest, ConversationsUnderWayAreNeverForgotten) {
  make(4, 100);
  CachedSequence& busy = cache_->take(range(1, 300));
  busy.tokens = range(1, 200);
  remember(range(1000, 90));
  remember(range(2000, 90));
  cache_->trim();
  EXPECT_EQ(busy.tokens.size(), 200U);
  cache_->give_back(busy);
  EXPECT_EQ(cache_->take(range(1, 300)).tokens.size(), 200U);
}

TEST_F(PrefixCacheTest, WithEverySequenceButOneInUseItIsTaken) {
  make(2);
  CachedSequence& busy = cache_->take(range(1, 100));
  remember(joined(range(1, 10), range(500, 100)));
  CachedSequence& only = cache_->take(joined(range(1, 10), range(800, 5)));
  EXPECT_NE(only.sequence, busy.sequence);
  EXPECT_EQ(only.tokens, range(1, 10));
  expect_whole(only);
}

}  // namespace
}  // namespace samovar::engine
