#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "accounts/test_site.h"
#include "keys/key_file.h"
#include "keys/key_ring.h"

namespace samovar::accounts {
namespace {

using Json = nlohmann::json;

class OwnKeys : public ::testing::Test {
 protected:
  OwnKeys() { std::filesystem::remove_all(folder_); }
  ~OwnKeys() override { std::filesystem::remove_all(folder_); }
  static Options users() {
    Options options;
    options.mode = Mode::kUsers;
    return options;
  }
  Reply ask_as(const std::string& cookie, const char* method, const std::string& path,
               const Json& body = {}) {
    return site_.ask(method, path, body.is_null() ? "" : body.dump(), TestSite::with_cookie(cookie));
  }
  Json keys_of(const std::string& cookie) {
    return Json::parse(ask_as(cookie, "GET", "/ui/keys").body)["keys"];
  }
  keys::Verdict check(const std::string& secret) {
    keys::KeyRing ring({.source = std::make_shared<keys::KeyFile>(file_),
                        .always_required = true,
                        .take_turn = {},
                        .now_ms = [this] { return site_.now_ms.load(); }});
    return *ring.check_now({secret, keys::Scope::kChat, keys::Asked::kAsSetUp});
  }

  const std::filesystem::path folder_ =
      std::filesystem::path(::testing::TempDir()) / ("own_keys_" + std::to_string(::getpid()));
  const std::filesystem::path file_ = folder_ / "keys.json";
  TestSite site_{users(), [this](Deps& deps) { deps.key_store = keys::make_file_store(file_); }};
};

TEST_F(OwnKeys, AreMadeShownOnceUsedAndRevoked) {
  const history::User anna = site_.add_user("Anna");
  const std::string cookie = site_.log_in("anna");
  EXPECT_EQ(keys_of(cookie), Json::array());
  EXPECT_FALSE(std::filesystem::exists(file_)) << "looking makes no file: that would close the API";
  const Json made =
      Json::parse(ask_as(cookie, "POST", "/ui/keys", {{"name", "laptop"}, {"expires_days", 30}}).body);
  const std::string secret = made.value("secret", "");
  ASSERT_TRUE(secret.starts_with("sk-samovar-")) << made;
  EXPECT_EQ(made["expires"].get<int64_t>() - made["created"].get<int64_t>(), int64_t{30} * 86'400'000);
  const Json listed = keys_of(cookie);
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0]["name"], "laptop");
  EXPECT_FALSE(listed[0].contains("secret"));
  const keys::Verdict verdict = check(secret);
  EXPECT_EQ(verdict.kind, keys::Verdict::Kind::kAllowed);
  EXPECT_EQ(verdict.user, anna.id);
  EXPECT_EQ(ask_as(cookie, "DELETE", "/ui/keys/" + made["id"].get<std::string>()).status, 204);
  EXPECT_EQ(check(secret).kind, keys::Verdict::Kind::kUnknown);
  EXPECT_EQ(keys_of(cookie), Json::array());
  EXPECT_NE(site_.lines().find("key-made by Anna on laptop"), std::string::npos) << site_.lines();
  EXPECT_EQ(site_.lines().find(secret), std::string::npos);
}

TEST_F(OwnKeys, AreNobodyElses) {
  site_.add_user("Anna");
  site_.add_user("Boris");
  const std::string anna = site_.log_in("anna");
  const std::string boris = site_.log_in("boris");
  const Json made = Json::parse(ask_as(anna, "POST", "/ui/keys", {{"name", "laptop"}}).body);
  EXPECT_EQ(made["expires"], 0);
  EXPECT_EQ(keys_of(boris), Json::array());
  EXPECT_EQ(ask_as(boris, "DELETE", "/ui/keys/" + made["id"].get<std::string>()).status, 404);
  EXPECT_EQ(ask_as(boris, "POST", "/ui/keys", {{"name", "laptop"}}).status, 200)
      << "names are an account's own";
  EXPECT_EQ(site_.ask("GET", "/ui/keys").status, 401);
  EXPECT_EQ(site_.ask("POST", "/ui/keys", R"({"name":"x"})").status, 401);
}

TEST_F(OwnKeys, RefuseWhatMakesNoSense) {
  site_.add_user("Anna");
  const std::string cookie = site_.log_in("anna");
  const auto problem = [&](const Json& body) {
    const Reply reply = ask_as(cookie, "POST", "/ui/keys", body);
    return std::to_string(reply.status) + " " + Json::parse(reply.body)["error"].value("message", "");
  };
  EXPECT_TRUE(problem({{"name", ""}}).starts_with("400 name"));
  EXPECT_TRUE(problem({{"name", "a\nb"}}).starts_with("400 name"));
  EXPECT_TRUE(problem({{"name", std::string(101, 'x')}}).starts_with("400 name"));
  EXPECT_TRUE(problem({{"name", "x"}, {"expires_days", -1}}).starts_with("400 expires_days"));
  EXPECT_EQ(ask_as(cookie, "POST", "/ui/keys", {{"name", "laptop"}}).status, 200);
  EXPECT_EQ(problem({{"name", "laptop"}}), "409 name: there is a key 'laptop' already");
  for (int i = 1; i < 50; ++i)
    ASSERT_EQ(ask_as(cookie, "POST", "/ui/keys", {{"name", "k" + std::to_string(i)}}).status, 200);
  EXPECT_EQ(problem({{"name", "one more"}}), "409 an account has at most 50 keys");
}

TEST(SharedLinks, WantALoginUnlessTheOperatorSaysOtherwise) {
  Options options;
  options.mode = Mode::kUsers;
  TestSite closed(options);
  EXPECT_EQ(closed.ask("GET", "/ui/shared/t1").status, 401);
  closed.add_user("anna");
  EXPECT_EQ(closed.ask("GET", "/ui/shared/t1", "", TestSite::with_cookie(closed.log_in("anna"))).status, 200);
  TestSite open(options, [](Deps& deps) { deps.has_open_shares = true; });
  EXPECT_EQ(open.ask("GET", "/ui/shared/t1").status, 200);
  EXPECT_EQ(open.ask("GET", "/ui/chats").status, 401);
}

}  // namespace
}  // namespace samovar::accounts
