#include "history/sql_accounts.h"

#include <gtest/gtest.h>

#include "history/schema.h"
#include "history/sql_store.h"
#include "history/store_fixture.h"
#include "history/test_folder.h"

namespace samovar::history {
namespace {

User make_user(const std::string& id, const std::string& name) {
  User user;
  user.id = id;
  user.name = name;
  user.created_ms = 1000;
  return user;
}

class SqlAccountsTest : public ::testing::TestWithParam<StoreKind> {
 protected:
  void SetUp() override {
    place_ = std::make_unique<TestPlace>(GetParam());
    store_ = place_->open();
    ASSERT_TRUE(store_);
  }
  AccountStore& accounts() { return store_->accounts(); }
  User add_user(const std::string& id, const std::string& name) {
    User user = make_user(id, name);
    const auto put = accounts().put_user(user);
    EXPECT_TRUE(put) << put.error().message;
    return user;
  }

  std::unique_ptr<TestPlace> place_;
  std::unique_ptr<SqlStore> store_;
};

INSTANTIATE_TEST_SUITE_P(Stores, SqlAccountsTest, ::testing::Values(StoreKind::kSqlite, StoreKind::kPostgres),
                         store_kind_name);

TEST_P(SqlAccountsTest, AUserComesBackAsItWasPut) {
  User user = make_user("u1", "Анна");
  user.email = "anna@example.org";
  user.external = "oidc:https://id.example.org#7";
  user.role = UserRole::kAdmin;
  user.state = UserState::kDisabled;
  user.password_hash = "$argon2id$...";
  user.quota_tokens_per_day = 1'000'000'000'000;
  user.quota_requests_per_minute = 20;
  user.session_epoch = 3;
  user.last_seen_ms = 5000;
  ASSERT_TRUE(accounts().put_user(user));
  EXPECT_NE(user.key, 0);
  for (const auto& found : {accounts().find_user("u1"), accounts().find_user_by_name("анна"),
                            accounts().find_user_by_external("oidc:https://id.example.org#7")}) {
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->name, "Анна");
    EXPECT_EQ((*found)->email, "anna@example.org");
    EXPECT_EQ((*found)->role, UserRole::kAdmin);
    EXPECT_EQ((*found)->state, UserState::kDisabled);
    EXPECT_EQ((*found)->password_hash, "$argon2id$...");
    EXPECT_EQ((*found)->quota_tokens_per_day, 1'000'000'000'000);
    EXPECT_EQ((*found)->quota_requests_per_minute, 20);
    EXPECT_EQ((*found)->session_epoch, 3);
    EXPECT_EQ((*found)->created_ms, 1000);
    EXPECT_EQ((*found)->last_seen_ms, 5000);
  }
  EXPECT_FALSE(*accounts().find_user("u2"));
  EXPECT_FALSE(*accounts().find_user_by_name("anna' OR 1=1 --"));
}

TEST_P(SqlAccountsTest, NamesAreUniqueWhateverTheirCase) {
  User anna = add_user("u1", "Anna");
  add_user("u2", "boris");
  User twin = make_user("u3", "aNNA");
  EXPECT_EQ(accounts().put_user(twin).error().code, Code::kConflict);
  User same_id = make_user("u1", "carol");
  EXPECT_EQ(accounts().put_user(same_id).error().code, Code::kConflict);
  anna.name = "BORIS";
  EXPECT_EQ(accounts().put_user(anna).error().code, Code::kConflict);
  anna.name = "ANNA";
  EXPECT_TRUE(accounts().put_user(anna)) << "one's own name in other letters";
  const auto all = accounts().list_users();
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ(all->front().name, "ANNA");
}

TEST_P(SqlAccountsTest, ExternalNamesAreUniqueButMayBeMissing) {
  add_user("u1", "anna");
  add_user("u2", "boris");  // both without one
  User first = make_user("u3", "carol");
  first.external = "header:carol";
  ASSERT_TRUE(accounts().put_user(first));
  User second = make_user("u4", "caroline");
  second.external = "header:carol";
  EXPECT_EQ(accounts().put_user(second).error().code, Code::kConflict);
  EXPECT_FALSE(*accounts().find_user_by_external("")) << "nobody is found by having none";
}

TEST_P(SqlAccountsTest, UsersAreCountedSeenAndErased) {
  User anna = add_user("u1", "anna");
  add_user("u2", "boris");
  anna.role = UserRole::kAdmin;
  ASSERT_TRUE(accounts().put_user(anna));
  EXPECT_EQ(*accounts().count_users(), 2);
  EXPECT_EQ(*accounts().count_users(UserRole::kAdmin, UserState::kActive), 1);
  EXPECT_EQ(*accounts().count_users(UserRole::kAdmin, UserState::kDisabled), 0);
  ASSERT_TRUE(accounts().note_seen("u1", 9000));
  ASSERT_TRUE(accounts().note_seen("u1", 8000));
  EXPECT_EQ((*accounts().find_user("u1"))->last_seen_ms, 9000) << "never back";
  ASSERT_TRUE(accounts().put_invite({.token_hash = "h", .user = "u1", .expires_ms = 99'999}));
  ASSERT_TRUE(accounts().add_usage({"u1", 5, 1, 10}));
  EXPECT_TRUE(*accounts().erase_user("u1"));
  EXPECT_FALSE(*accounts().erase_user("u1"));
  EXPECT_FALSE(*accounts().find_invite("h"));
  EXPECT_EQ(accounts().read_usage("u1", 5)->tokens, 0);
  EXPECT_EQ(*accounts().count_users(), 1);
}

TEST_P(SqlAccountsTest, AnInvitationIsUsedOnce) {
  ASSERT_TRUE(accounts().put_invite({.token_hash = "one",
                                     .user = "",
                                     .note = "for Carol",
                                     .role = UserRole::kAdmin,
                                     .created_ms = 10,
                                     .expires_ms = 100,
                                     .made_by = "u1"}));
  ASSERT_TRUE(accounts().put_invite({.token_hash = "two", .created_ms = 20, .expires_ms = 200}));
  const auto found = *accounts().find_invite("one");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->note, "for Carol");
  EXPECT_EQ(found->role, UserRole::kAdmin);
  EXPECT_EQ(found->expires_ms, 100);
  EXPECT_EQ(found->made_by, "u1");
  EXPECT_EQ(accounts().list_invites()->front().token_hash, "two");
  EXPECT_TRUE(*accounts().erase_invite("one"));
  EXPECT_FALSE(*accounts().erase_invite("one"));
}

TEST_P(SqlAccountsTest, TheAuditLogIsReadBackwardsInPages) {
  for (int i = 1; i <= 5; ++i) {
    ASSERT_TRUE(accounts().add_audit({.key = 0,
                                      .at_ms = 1000 * i,
                                      .actor = "anna",
                                      .action = "login",
                                      .subject = "s" + std::to_string(i),
                                      .address = "10.0.0.1",
                                      .detail = "d"}));
  }
  const auto newest = accounts().list_audit(INT64_MAX, 2);
  ASSERT_EQ(newest->size(), 2U);
  EXPECT_EQ(newest->front().subject, "s5");
  EXPECT_EQ(newest->front().address, "10.0.0.1");
  const auto older = accounts().list_audit(newest->back().key, 10);
  ASSERT_EQ(older->size(), 3U);
  EXPECT_EQ(older->back().subject, "s1");
}

TEST_P(SqlAccountsTest, UsageAddsUp) {
  ASSERT_TRUE(accounts().add_usage({"u1", 5, 1, 10}));
  ASSERT_TRUE(accounts().add_usage({"u1", 5, 2, 30}));
  ASSERT_TRUE(accounts().add_usage({"u1", 6, 1, 7}));
  EXPECT_EQ(accounts().read_usage("u1", 5)->tokens, 40);
  EXPECT_EQ(accounts().read_usage("u1", 5)->requests, 3);
  EXPECT_EQ(accounts().read_usage("u1", 6)->tokens, 7);
  EXPECT_EQ(accounts().read_usage("u2", 5)->tokens, 0);
}

TEST_P(SqlAccountsTest, TheFirstValueIsTheOneForAll) {
  EXPECT_FALSE(*accounts().find_value("cookie-key"));
  EXPECT_EQ(*accounts().settle_value("cookie-key", "mine"), "mine");
  EXPECT_EQ(*accounts().settle_value("cookie-key", "another server's"), "mine");
  ASSERT_TRUE(accounts().put_value("cookie-key", "new"));
  EXPECT_EQ(*accounts().find_value("cookie-key"), "new");
}

TEST_P(SqlAccountsTest, WhatHasExpiredIsPurged) {
  constexpr int64_t kDay = 86'400'000;
  ASSERT_TRUE(accounts().put_ended_session("a", 100));
  ASSERT_TRUE(accounts().put_ended_session("a", 100)) << "twice is once";
  ASSERT_TRUE(accounts().put_ended_session("b", 30 * kDay));
  ASSERT_TRUE(accounts().put_invite({.token_hash = "old", .expires_ms = 100}));
  ASSERT_TRUE(accounts().put_invite({.token_hash = "new", .expires_ms = 30 * kDay}));
  ASSERT_TRUE(accounts().add_audit({.at_ms = kDay, .action = "old"}));
  ASSERT_TRUE(accounts().add_audit({.at_ms = 9 * kDay, .action = "new"}));
  ASSERT_TRUE(accounts().add_usage({"u1", 1, 1, 1}));
  ASSERT_TRUE(accounts().add_usage({"u1", 9, 1, 1}));
  ASSERT_TRUE(accounts().purge_accounts(10 * kDay, 5 * kDay));
  EXPECT_FALSE(*accounts().is_ended_session("a"));
  EXPECT_TRUE(*accounts().is_ended_session("b"));
  EXPECT_FALSE(*accounts().find_invite("old"));
  EXPECT_TRUE(*accounts().find_invite("new"));
  ASSERT_EQ(accounts().list_audit(INT64_MAX, 10)->size(), 1U);
  EXPECT_EQ(accounts().list_audit(INT64_MAX, 10)->front().action, "new");
  EXPECT_EQ(accounts().read_usage("u1", 1)->tokens, 0);
  EXPECT_EQ(accounts().read_usage("u1", 9)->tokens, 1);
}

TEST_P(SqlAccountsTest, AccountsBelongToTheTransactionOfTheStore) {
  ASSERT_TRUE(store_->transact(Store::Step::kBegin));
  add_user("u1", "anna");
  ASSERT_TRUE(store_->transact(Store::Step::kRollBack));
  EXPECT_EQ(*accounts().count_users(), 0);
}

TEST(SqlAccountsFile, AFileFromBeforeAccountsGetsThem) {
  const TestFolder folder;
  const std::filesystem::path path = folder.path() / "history.db";
  {
    auto store = SqlStore::open(path, migrations().first(1));
    ASSERT_TRUE(store);
    Chat chat;
    chat.owner = "anna";
    chat.id = "c1";
    ASSERT_TRUE((*store)->put_chat(chat));
  }
  auto store = SqlStore::open(path);
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_TRUE(*(*store)->find_chat("anna", "c1"));
  User user = make_user("u1", "anna");
  EXPECT_TRUE((*store)->accounts().put_user(user));
  EXPECT_TRUE(std::filesystem::exists(path.string() + ".before-v2"));
}

TEST_P(SqlAccountsTest, KeysThatWereRevokedStayKnown) {
  const ApiKey key{.id = "k1", .name = "app", .hash = "00", .scopes = "chat", .created_ms = 1000};
  EXPECT_TRUE(*accounts().add_api_key(key));
  EXPECT_FALSE(*accounts().add_api_key(key));
  ASSERT_TRUE(accounts().revoke_api_key("k1"));
  EXPECT_FALSE(*accounts().add_api_key(key)) << "an old copy of it opens nothing";
  const auto all = *accounts().list_api_keys();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(all[0].is_revoked);
  EXPECT_EQ(all[0].scopes, "chat");
  ASSERT_TRUE(accounts().erase_api_keys());
  EXPECT_TRUE(accounts().list_api_keys()->empty());
}

TEST_P(SqlAccountsTest, TalliesAreHeldChangedAndForgotten) {
  EXPECT_FALSE(*accounts().hold_tally("anna"));
  EXPECT_FALSE(*accounts().hold_tally("anna"));
  ASSERT_TRUE(accounts().put_tally("anna", {.amount = 3, .at_ms = 5000, .until_ms = 7000}));
  const auto held = *accounts().hold_tally("anna");
  ASSERT_TRUE(held);
  EXPECT_EQ(held->amount, 3);
  EXPECT_EQ(held->until_ms, 7000);
  ASSERT_TRUE(accounts().purge_accounts(5'000'000, 0));
  EXPECT_TRUE(*accounts().hold_tally("anna"));
  ASSERT_TRUE(accounts().purge_accounts(50'000'000, 0));
  EXPECT_FALSE(*accounts().hold_tally("anna"));
  ASSERT_TRUE(accounts().erase_tally("anna"));
}

TEST_P(SqlAccountsTest, AStateThatIsNotKnownOpensNothing) {
  add_user("u1", "anna");
  ASSERT_TRUE(store_->database().run_script("UPDATE users SET state = 'promoted', role = 'king'"));
  EXPECT_EQ((*accounts().find_user("u1"))->state, UserState::kDisabled);
  EXPECT_EQ((*accounts().find_user("u1"))->role, UserRole::kUser);
}

}  // namespace
}  // namespace samovar::history
