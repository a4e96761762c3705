#include "keys/key_ring.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "keys/key_file.h"

namespace samovar::keys {
namespace {

using Kind = Verdict::Kind;

class Keys : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / ("samovar-keys-" + std::to_string(getpid()));
    std::filesystem::remove_all(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string add(const KeyWish& wish) {
    const auto made = make_key(wish);
    EXPECT_TRUE(made);
    const auto added = update_keys(file(), [&](std::vector<Key>& keys) -> Result<void> {
      keys.push_back(made->key);
      return {};
    });
    EXPECT_TRUE(added) << added.error().message;
    return made->secret;
  }
  struct TestRing {
    std::shared_ptr<KeyRing> ring;
    [[nodiscard]] Verdict check(const std::string& secret, std::optional<Scope> scope) const {
      return *ring->check_now({secret, scope, Asked::kAsSetUp});
    }
    [[nodiscard]] bool is_required() const { return check("", std::nullopt).kind == Kind::kMissing; }
  };
  TestRing ring(bool always = false) {
    return {std::make_shared<KeyRing>(KeyRingOptions{.source = std::make_shared<KeyFile>(file()),
                                                     .always_required = always,
                                                     .take_turn = {},
                                                     .now_ms = [this] { return now_ms_; }})};
  }
  [[nodiscard]] std::filesystem::path file() const { return folder_ / "keys.json"; }

  std::filesystem::path folder_;
  int64_t now_ms_ = 1'000'000;
};

TEST_F(Keys, WithoutAFileNobodyIsAsked) {
  TestRing open = ring();
  EXPECT_FALSE(open.is_required());
  EXPECT_EQ(open.check("", Scope::kAdmin).kind, Kind::kAllowed);
  TestRing closed = ring(true);
  EXPECT_TRUE(closed.is_required());
  EXPECT_EQ(closed.check("", Scope::kChat).kind, Kind::kMissing);
}

TEST_F(Keys, AKeyDoesWhatItsScopesSay) {
  TestRing keys = ring();
  EXPECT_FALSE(keys.is_required());
  const std::string chat = add({.name = "app", .scopes = {Scope::kChat}});
  const std::string admin = add({.name = "boss", .scopes = {Scope::kAdmin}});
  EXPECT_TRUE(keys.is_required());  // the file is followed
  EXPECT_EQ(keys.check(chat, Scope::kChat).kind, Kind::kAllowed);
  EXPECT_EQ(keys.check(chat, std::nullopt).kind, Kind::kAllowed);
  EXPECT_EQ(keys.check(chat, Scope::kModels).kind, Kind::kForbidden);
  EXPECT_EQ(keys.check(admin, Scope::kModels).kind, Kind::kAllowed);
  EXPECT_EQ(keys.check("", Scope::kChat).kind, Kind::kMissing);
  EXPECT_EQ(keys.check(chat + "0", Scope::kChat).kind, Kind::kUnknown);
}

TEST_F(Keys, ExpireAndAreLimited) {
  const std::string secret =
      add({.name = "app", .scopes = {Scope::kChat}, .now_s = 1000, .lives_s = 600, .per_minute = 2});
  TestRing keys = ring();
  EXPECT_EQ(keys.check(secret, Scope::kChat).left, 1);
  EXPECT_EQ(keys.check(secret, Scope::kChat).kind, Kind::kAllowed);
  const Verdict refused = keys.check(secret, Scope::kChat);
  EXPECT_EQ(refused.kind, Kind::kTooOften);
  EXPECT_EQ(refused.retry_s, 30);
  now_ms_ += 30'000;
  EXPECT_EQ(keys.check(secret, Scope::kChat).kind, Kind::kAllowed);
  now_ms_ = 1'600'000;
  EXPECT_EQ(keys.check(secret, Scope::kChat).kind, Kind::kExpired);
}

TEST_F(Keys, RevokingTheLastOneOpensNothing) {
  const std::string secret = add({.name = "app", .scopes = {Scope::kChat}});
  TestRing keys = ring();
  EXPECT_EQ(keys.check(secret, Scope::kChat).kind, Kind::kAllowed);
  ASSERT_TRUE(update_keys(file(), [](std::vector<Key>& all) -> Result<void> {
    all.clear();
    return {};
  }));
  EXPECT_EQ(keys.check(secret, Scope::kChat).kind, Kind::kUnknown);
  EXPECT_TRUE(keys.is_required());
}

TEST_F(Keys, TheFileIsItsOwnersAndHoldsNoSecret) {
  const std::string secret =
      add({.name = "a \"b\"", .scopes = {Scope::kChat, Scope::kModels}, .per_minute = 9});
  struct stat status {};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  std::ifstream stream(file());
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_EQ(text.find(secret.substr(11)), std::string::npos);
  const auto loaded = load_keys(file());
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ((*loaded)[0].name, "a \"b\"");
  EXPECT_EQ((*loaded)[0].scopes.size(), 2U);
  EXPECT_EQ((*loaded)[0].per_minute, 9);
}

TEST_F(Keys, ABrokenFileLetsNobodyIn) {
  const std::string secret = add({.name = "app", .scopes = {Scope::kAdmin}});
  std::ofstream(file()) << R"({"keys":[{"id":"x"}]})";
  TestRing keys = ring();
  const Verdict verdict = keys.check(secret, Scope::kChat);
  EXPECT_EQ(verdict.kind, Kind::kUnreadable);
  EXPECT_NE(verdict.problem.find("keys[0] has no id or no sha256"), std::string::npos) << verdict.problem;
}

TEST(Turns, FillUpSteadily) {
  Bucket bucket = full_bucket(60, 0);
  for (int i = 0; i < 60; ++i) EXPECT_TRUE(take_turn(bucket, 60, 0).is_taken) << i;
  EXPECT_EQ(take_turn(bucket, 60, 0).retry_s, 1);
  EXPECT_FALSE(take_turn(bucket, 60, 999).is_taken);
  EXPECT_TRUE(take_turn(bucket, 60, 1'000).is_taken);
  EXPECT_EQ(take_turn(bucket, 60, 3'600'000).left, 59) << "never more than a minute's worth";
}

TEST(Turns, AClockThatIsSetBackLocksNobodyOut) {
  Bucket bucket = full_bucket(1, 10'000'000);
  EXPECT_TRUE(take_turn(bucket, 1, 10'000'000).is_taken);
  EXPECT_FALSE(take_turn(bucket, 1, 9'990'000).is_taken) << "another machine's, ten seconds behind";
  EXPECT_EQ(bucket.filled_ms, 10'000'000);
  EXPECT_FALSE(take_turn(bucket, 1, 1'000'000).is_taken);
  EXPECT_TRUE(take_turn(bucket, 1, 1'060'000).is_taken);
}

TEST(KeyWords, AreParsed) {
  EXPECT_EQ(parse_scopes("chat,models")->size(), 2U);
  EXPECT_EQ(parse_scopes("chat,tea").error().message, "scope 'tea' is none of chat, models and admin");
  EXPECT_FALSE(parse_scopes(""));
  EXPECT_EQ(*parse_life("30d"), 2'592'000);
  EXPECT_EQ(*parse_life("45m"), 2'700);
  for (const char* bad : {"", "30", "d", "-1d", "1w", "99999999999d"}) EXPECT_FALSE(parse_life(bad)) << bad;
  EXPECT_EQ(*parse_rate("60/min"), 60);
  EXPECT_EQ(*parse_rate("5"), 5);
  for (const char* bad : {"", "0", "-3", "5/h", "many"}) EXPECT_FALSE(parse_rate(bad)) << bad;
}

}  // namespace
}  // namespace samovar::keys
