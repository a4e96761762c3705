#include "engine/disk_cache.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <numeric>

#include "engine/prefix_cache.h"

namespace samovar::engine {
namespace {

namespace fs = std::filesystem;

model::Config small_config() {
  model::Config config;
  config.arch = "llama";
  config.n_layers = 2;
  config.n_kv_heads = 2;
  config.head_dim = 16;
  config.kv_type = tensor::Type::kF32;
  return config;
}

std::vector<text::TokenId> numbers(text::TokenId first, size_t n) {
  std::vector<text::TokenId> out(n);
  std::iota(out.begin(), out.end(), first);
  return out;
}

class DiskCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("disk_cache_" + std::to_string(getpid()));
    fs::remove_all(folder_);
    kv_ = std::move(*model::KvCache::make(small_config(), 3, 1024));
  }
  void TearDown() override { fs::remove_all(folder_); }

  DiskCache open(const std::string& digest = "sha256:abc", size_t max_bytes = 100'000'000,
                 std::string_view isa = "avx2") {
    return {{folder_, max_bytes, digest}, small_config(), isa};
  }

  // Fills a sequence with bytes that tell strip and position.
  void fill(size_t sequence, size_t n_tokens) {
    for (size_t i = 0; i < kv_.n_strips(); ++i) {
      const auto strip = kv_.strip(sequence, i, n_tokens);
      for (size_t at = 0; at < strip.size(); ++at) strip[at] = static_cast<std::byte>(i * 7 + at / 64 * 3);
    }
  }

  void expect_filled(size_t sequence, size_t n_tokens) {
    for (size_t i = 0; i < kv_.n_strips(); ++i) {
      const auto strip = kv_.strip(sequence, i, n_tokens);
      for (size_t at = 0; at < strip.size(); ++at) {
        ASSERT_EQ(strip[at], static_cast<std::byte>(i * 7 + at / 64 * 3)) << i << ", " << at;
      }
    }
  }

  std::vector<fs::path> files() const {
    std::vector<fs::path> out;
    for (const auto& file : fs::directory_iterator(folder_)) out.push_back(file.path());
    return out;
  }

  fs::path folder_;
  model::KvCache kv_;
};

TEST_F(DiskCacheTest, AConversationComesBackAfterARestart) {
  fill(0, 400);
  open().write(numbers(1, 400), kv_, 0);
  DiskCache later = open();
  auto prompt = numbers(1, 300);
  prompt.push_back(-5);
  const auto found = later.find(prompt);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->n_shared, 300U);
  ASSERT_TRUE(later.read(*found, kv_, 2));
  expect_filled(2, 300);
  EXPECT_FALSE(later.find(numbers(2, 300)));
}

TEST_F(DiskCacheTest, OtherModelsAndInstructionSetsReadNothing) {
  fill(0, 300);
  open().write(numbers(1, 300), kv_, 0);
  EXPECT_TRUE(open().find(numbers(1, 300)));
  EXPECT_FALSE(open("sha256:def").find(numbers(1, 300)));
  EXPECT_FALSE(open("sha256:abc", 100'000'000, "avx512").find(numbers(1, 300)));
}

TEST_F(DiskCacheTest, AConversationThatWentOnReplacesItsBeginning) {
  fill(0, 500);
  DiskCache cache = open();
  cache.write(numbers(1, 300), kv_, 0);
  cache.write(numbers(1, 500), kv_, 0);
  EXPECT_EQ(files().size(), 1U);
  cache.write(numbers(1, 400), kv_, 0);  // stored already
  EXPECT_EQ(files().size(), 1U);
  EXPECT_EQ(open().find(numbers(1, 600))->n_shared, 500U);
}

TEST_F(DiskCacheTest, ShortConversationsAreNotWritten) {
  fill(0, 300);
  open().write(numbers(1, DiskCache::kLeastTokens - 1), kv_, 0);
  open("sha256:abc", 0).write(numbers(1, 300), kv_, 0);
  EXPECT_FALSE(fs::exists(folder_));
}

TEST_F(DiskCacheTest, TheOldestFilesMakeRoom) {
  fill(0, 300);
  const size_t file_bytes = 300 * kv_.bytes_per_token();
  for (int i = 0; i < 4; ++i) {
    open("sha256:" + std::to_string(i), file_bytes * 5 / 2).write(numbers(1, 300), kv_, 0);
    for (const auto& file : files()) {  // a clock whose steps are coarse
      fs::last_write_time(file, fs::last_write_time(file) - std::chrono::seconds(10));
    }
  }
  EXPECT_EQ(files().size(), 2U);
  EXPECT_TRUE(open("sha256:3").find(numbers(1, 300)));
  EXPECT_FALSE(open("sha256:0").find(numbers(1, 300)));
}

TEST_F(DiskCacheTest, DamagedFilesAreNotUsed) {
  fill(0, 300);
  open().write(numbers(1, 300), kv_, 0);
  const fs::path path = files().at(0);
  const size_t whole = fs::file_size(path);
  std::string bytes(whole, '\0');
  std::ifstream(path, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(whole));
  for (const size_t at : {size_t{0}, size_t{9}, size_t{17}, size_t{30}, size_t{60}, size_t{300}}) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] + 1);
    std::ofstream(path, std::ios::binary) << damaged;
    EXPECT_FALSE(open().find(numbers(1, 300))) << at;
  }
  for (size_t n = 0; n < whole; n += 4099) {
    std::ofstream(path, std::ios::binary) << bytes.substr(0, n);
    EXPECT_FALSE(open().find(numbers(1, 300))) << n;
  }
}

TEST_F(DiskCacheTest, AFileThatVanishedIsForgotten) {
  fill(0, 300);
  DiskCache cache = open();
  cache.write(numbers(1, 300), kv_, 0);
  fs::remove(files().at(0));
  const auto found = cache.find(numbers(1, 300));
  ASSERT_TRUE(found);
  EXPECT_FALSE(cache.read(*found, kv_, 1));
  EXPECT_FALSE(cache.find(numbers(1, 300)));
}

TEST_F(DiskCacheTest, KeptConversationsAreSavedAndTakenFromDisk) {
  {
    DiskCache disk = open();
    PrefixCache prefixes(kv_, &disk, 1'000'000'000);
    CachedSequence& sequence = prefixes.take(numbers(1, 400));
    sequence.tokens = numbers(1, 399);
    fill(sequence.sequence, 399);
    prefixes.give_back(sequence);
    prefixes.save();
  }
  auto fresh = std::move(*model::KvCache::make(small_config(), 2, 1024));
  std::swap(kv_, fresh);
  DiskCache disk = open();
  PrefixCache prefixes(kv_, &disk, 1'000'000'000);
  const CachedSequence& sequence = prefixes.take(numbers(1, 500));
  EXPECT_EQ(sequence.tokens, numbers(1, 399));
  expect_filled(sequence.sequence, 399);
}

}  // namespace
}  // namespace samovar::engine
