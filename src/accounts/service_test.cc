#include "accounts/service.h"

#include <gtest/gtest.h>

#include <regex>

#include "accounts/test_site.h"

namespace samovar::accounts {
namespace {

Options of_mode(Mode mode) {
  Options options;
  options.mode = mode;
  options.password = TestSite::kPassword;
  return options;
}

std::string member(const std::string& json, const std::string& name) {
  std::smatch found;
  const std::regex pattern("\"" + name + "\":(\"([^\"]*)\"|[^,}]*)");
  if (!std::regex_search(json, found, pattern)) return "";
  return found[2].matched ? found[2].str() : found[1].str();
}

TEST(OpenDoors, NothingChanges) {
  TestSite site(of_mode(Mode::kOpen));
  const Reply session = site.ask("GET", "/ui/session");
  EXPECT_EQ(session.status, 200);
  EXPECT_EQ(member(session.body, "mode"), "open");
  EXPECT_EQ(member(session.body, "needs"), "null");
  EXPECT_EQ(site.ask("POST", "/ui/login", R"({"password":"x"})").status, 400);
  EXPECT_EQ(site.ask("GET", "/ui/admin/users").status, 400);
}

TEST(SharedPassword, OnePasswordLetsEverybodyIn) {
  TestSite site(of_mode(Mode::kPassword));
  EXPECT_EQ(site.ask("GET", "/").status, 200) << "the login screen can be shown";
  EXPECT_EQ(site.ask("GET", "/ui/chats").status, 401);
  EXPECT_EQ(member(site.ask("GET", "/ui/session").body, "needs"), "login");
  EXPECT_EQ(site.ask("POST", "/ui/login", R"({"password":"wrong horse"})").status, 401);
  const Reply in = site.ask("POST", "/ui/login", R"({"password":"correct horse"})");
  EXPECT_EQ(in.status, 200);
  EXPECT_EQ(member(in.body, "needs"), "null");
  EXPECT_EQ(site.ask("GET", "/ui/chats", "", TestSite::with_cookie(in.cookie())).body, "hello !");
  EXPECT_EQ(site.ask("GET", "/ui/admin/users", "", TestSite::with_cookie(in.cookie())).status, 400);
  EXPECT_EQ(site.ask("POST", "/ui/logout", "{}", TestSite::with_cookie(in.cookie())).status, 204);
  EXPECT_EQ(site.ask("GET", "/ui/chats", "", TestSite::with_cookie(in.cookie())).status, 401)
      << "a copy of the cookie is useless too";
}

class Accounts : public ::testing::Test {
 protected:
  Accounts() : site_(of_mode(Mode::kUsers)) {}
  Reply ask_as(const std::string& cookie, const std::string& method, const std::string& path,
               const std::string& body = {}) {
    return site_.ask(method, path, body, TestSite::with_cookie(cookie));
  }

  TestSite site_;
};

TEST_F(Accounts, ALoginMakesASessionAndSaysWhoItIs) {
  const history::User anna = site_.add_user("Anna");
  const std::string cookie = site_.log_in("anna");
  const Reply session = ask_as(cookie, "GET", "/ui/session");
  EXPECT_EQ(member(session.body, "id"), anna.id);
  EXPECT_EQ(member(session.body, "role"), "user");
  EXPECT_EQ(member(session.body, "needs"), "null");
  EXPECT_EQ(ask_as(cookie, "GET", "/ui/chats").body, "hello " + anna.id);
  EXPECT_EQ(ask_as(cookie, "GET", "/api/tags").body, "hello " + anna.id);
  EXPECT_EQ(site_.ask("GET", "/api/tags").body, "stranger")
      << "the filter of the keys has the last word there";
  site_.run_later();
  EXPECT_NE(site_.lines().find("access: login by Anna from 10.0.0.7"), std::string::npos) << site_.lines();
  EXPECT_EQ(site_.lines().find(TestSite::kPassword), std::string::npos);
}

TEST_F(Accounts, StrangersLearnNothingAboutWhoHasAnAccount) {
  site_.add_user("anna");
  const Reply known = site_.ask("POST", "/ui/login", R"({"name":"anna","password":"wrong horse"})");
  const Reply unknown = site_.ask("POST", "/ui/login", R"({"name":"nobody","password":"wrong horse"})");
  EXPECT_EQ(known.status, 401);
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(known.body, unknown.body);
  EXPECT_EQ(known.header("Set-Cookie"), "");
}

TEST_F(Accounts, GuessingIsSlowedDown) {
  site_.add_user("anna");
  const auto guess = [&] {
    return site_.ask("POST", "/ui/login", R"({"name":"anna","password":"wrong horse"})");
  };
  Reply reply = guess();
  // The first waits are short, and a slow machine takes as long to look at a password.
  int n_guesses = 1;
  for (; reply.status == 401 && n_guesses < 12; ++n_guesses) reply = guess();
  EXPECT_GT(n_guesses, 5);
  EXPECT_EQ(reply.status, 429);
  EXPECT_GE(std::stoi(reply.header("Retry-After")), 1);
  EXPECT_EQ(member(reply.body, "code"), "too-many-requests");
  EXPECT_EQ(site_.ask("POST", "/ui/login", R"({"name":"anna","password":"correct horse"})").status, 429)
      << "a right guess as well";
}

TEST_F(Accounts, ATamperedOrExpiredCookieOpensNothing) {
  site_.add_user("anna");
  const std::string cookie = site_.log_in("anna");
  std::string other = cookie;
  other[other.find(".u") + 3] ^= 1;
  EXPECT_EQ(ask_as(other, "GET", "/ui/chats").status, 401);
  EXPECT_EQ(ask_as("samovar_session=x", "GET", "/ui/chats").status, 401);
  site_.pass(29 * 86'400);
  EXPECT_EQ(ask_as(cookie, "GET", "/ui/chats").status, 200);
  const Reply renewed = ask_as(cookie, "GET", "/ui/session");
  EXPECT_NE(renewed.cookie(), "") << "who comes back is not asked again";
  site_.pass(2 * 86'400);
  EXPECT_EQ(ask_as(cookie, "GET", "/ui/chats").status, 401);
  EXPECT_EQ(ask_as(renewed.cookie(), "GET", "/ui/chats").status, 200);
}

TEST_F(Accounts, AForeignPageCannotActInAUsersName) {
  site_.add_user("anna");
  const std::string cookie = site_.log_in("anna");
  const auto post_from = [&](http::Headers headers) {
    headers.emplace_back("Cookie", cookie);
    return site_.ask("POST", "/ui/chats", "{}", std::move(headers)).status;
  };
  EXPECT_EQ(post_from({{"Origin", "https://samovar.example"}}), 200);
  EXPECT_EQ(post_from({{"Origin", "https://evil.example"}}), 403);
  EXPECT_EQ(post_from({{"Sec-Fetch-Site", "same-site"}}), 403);
  EXPECT_EQ(post_from({}), 403);
  const http::Headers foreign = {{"Origin", "https://evil.example"}};
  EXPECT_EQ(site_.ask("POST", "/ui/login", R"({"name":"anna","password":"correct horse"})", foreign).status,
            403);
  http::Request plain =
      TestSite::make_request("POST", "/ui/login", R"({"name":"anna","password":"correct horse"})");
  plain.headers = {{"Content-Type", "text/plain"}, {"Host", "samovar.example"}};
  EXPECT_EQ(Visit(site_.router, plain).wait().status, 400);
}

TEST_F(Accounts, ADisabledUserIsOutAndOpenStreamsEnd) {
  const history::User anna = site_.add_user("anna");
  const std::string cookie = site_.log_in("anna");
  Visit feed(site_.router, TestSite::make_request("GET", "/ui/feed", "", TestSite::with_cookie(cookie)));
  for (int i = 0; i < 400 && feed.look().body.empty(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(feed.look().body, "news\n");
  site_.run_later();
  EXPECT_FALSE(feed.is_finished());
  site_.run<Made>([&](history::AccountStore& accounts) {
    return set_user_state(accounts, "anna", history::UserState::kDisabled, site_.now_ms);
  });
  site_.pass(4);
  site_.run_later();
  feed.wait();
  EXPECT_EQ(ask_as(cookie, "GET", "/ui/chats").status, 401);
  EXPECT_EQ(site_.ask("POST", "/ui/login", R"({"name":"anna","password":"correct horse"})").status, 401);
  site_.run<Made>([&](history::AccountStore& accounts) {
    return set_user_state(accounts, "anna", history::UserState::kActive, site_.now_ms);
  });
  site_.pass(4);
  EXPECT_EQ(ask_as(cookie, "GET", "/ui/chats").status, 401) << "old sessions do not come back";
  EXPECT_EQ(ask_as(site_.log_in("anna"), "GET", "/ui/chats").status, 200);
}

TEST_F(Accounts, ANewPasswordEndsAllOtherSessions) {
  site_.add_user("anna");
  const std::string here = site_.log_in("anna");
  const std::string there = site_.log_in("anna");
  EXPECT_EQ(ask_as(here, "POST", "/ui/password", R"({"old":"wrong horse","new":"battery staple"})").status,
            403);
  EXPECT_EQ(ask_as(here, "POST", "/ui/password", R"({"old":"correct horse","new":"short"})").status, 400);
  const Reply done =
      ask_as(here, "POST", "/ui/password", R"({"old":"correct horse","new":"battery staple"})");
  EXPECT_EQ(done.status, 204) << done.body;
  EXPECT_EQ(ask_as(there, "GET", "/ui/chats").status, 401);
  EXPECT_EQ(ask_as(done.cookie(), "GET", "/ui/chats").status, 200);
  EXPECT_EQ(site_.ask("POST", "/ui/login", R"({"name":"anna","password":"correct horse"})").status, 401);
  site_.log_in("anna", "battery staple");
}

TEST_F(Accounts, TheFirstAdministratorIsMadeWithTheCodeOfTheLog) {
  EXPECT_EQ(member(site_.ask("GET", "/ui/session").body, "first_run"), "true");
  std::smatch found;
  const std::string notice = site_.handle().notice();
  ASSERT_TRUE(std::regex_search(notice, found, std::regex("code ([0-9a-z-]{19}) "))) << notice;
  const auto body = [](const std::string& code, const std::string& password) {
    return R"({"code":")" + code + R"(","name":"root","password":")" + password + "\"}";
  };
  EXPECT_EQ(site_.ask("POST", "/ui/setup", body("2222-2222-2222-2222", "correct horse")).status, 403);
  EXPECT_EQ(site_.ask("POST", "/ui/setup", body(found[1].str(), "short")).status, 400);
  const Reply made = site_.ask("POST", "/ui/setup", body(found[1].str(), "correct horse"));
  EXPECT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(member(made.body, "role"), "admin");
  EXPECT_EQ(ask_as(made.cookie(), "GET", "/ui/admin/users").status, 200);
  EXPECT_EQ(site_.ask("POST", "/ui/setup", body(found[1].str(), "correct horse")).status, 409) << "once only";
  EXPECT_EQ(member(site_.ask("GET", "/ui/session").body, "first_run"), "false");
}

TEST_F(Accounts, OnlyAdministratorsAdminister) {
  site_.add_user("root", history::UserRole::kAdmin);
  const history::User anna = site_.add_user("anna");
  const std::string cookie = site_.log_in("anna");
  for (const auto& [method, path] :
       {std::pair("GET", "/ui/admin/users"), std::pair("POST", "/ui/admin/users"),
        std::pair("POST", "/ui/admin/invites"), std::pair("GET", "/ui/admin/audit")}) {
    EXPECT_EQ(ask_as(cookie, method, path, "{}").status, 403) << path;
    EXPECT_EQ(site_.ask(method, path, "{}").status, 401) << path;
  }
  for (const char* method : {"PATCH", "DELETE"})
    EXPECT_EQ(ask_as(cookie, method, "/ui/admin/users/" + anna.id, R"({"role":"admin"})").status, 403);
}

TEST_F(Accounts, AnInvitationMakesOneAccount) {
  site_.add_user("root", history::UserRole::kAdmin);
  const std::string root = site_.log_in("root");
  const Reply made = ask_as(root, "POST", "/ui/admin/invites", R"({"role":"user","note":"for Carol"})");
  ASSERT_EQ(made.status, 200) << made.body;
  const std::string path = "/ui/invites/" + member(made.body, "token");
  EXPECT_EQ(member(made.body, "url"), "/invite/" + member(made.body, "token"));
  EXPECT_NE(ask_as(root, "GET", "/ui/admin/users").body.find("for Carol"), std::string::npos);
  EXPECT_EQ(member(site_.ask("GET", path).body, "kind"), "invite");
  EXPECT_EQ(site_.ask("GET", "/ui/invites/0123456789").status, 404);
  EXPECT_EQ(site_.ask("POST", path, R"({"name":"ROOT","password":"correct horse"})").status, 409);
  const Reply in = site_.ask("POST", path, R"({"name":"carol","password":"correct horse"})");
  EXPECT_EQ(in.status, 200) << in.body;
  EXPECT_EQ(member(in.body, "name"), "carol");
  EXPECT_EQ(ask_as(in.cookie(), "GET", "/ui/chats").status, 200);
  EXPECT_EQ(site_.ask("POST", path, R"({"name":"dora","password":"correct horse"})").status, 404);
  const Reply second = ask_as(root, "POST", "/ui/admin/invites", R"({"expires_hours":1})");
  site_.pass(3601);
  EXPECT_EQ(site_.ask("GET", "/ui/invites/" + member(second.body, "token")).status, 404);
}

TEST_F(Accounts, AnAdministratorMakesChangesAndRemovesAccounts) {
  site_.add_user("root", history::UserRole::kAdmin);
  const std::string root = site_.log_in("root");
  const Reply made = ask_as(root, "POST", "/ui/admin/users", R"({"name":"anna","email":"anna@example.org"})");
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(member(made.body, "state"), "invited");
  const std::string path = "/ui/admin/users/" + member(made.body, "id");
  const std::string link = member(made.body, "link");
  ASSERT_TRUE(link.starts_with("/invite/"));
  const std::string accept = "/ui/invites/" + link.substr(8);
  EXPECT_EQ(member(site_.ask("GET", accept).body, "name"), "anna");
  EXPECT_EQ(site_.ask("POST", accept, R"({"password":"correct horse"})").status, 200);
  site_.log_in("anna");
  EXPECT_EQ(ask_as(root, "PATCH", path, R"({"role":"king"})").status, 400);
  EXPECT_EQ(ask_as(root, "PATCH", path, R"({"name":"Root"})").status, 409);
  EXPECT_EQ(member(ask_as(root, "PATCH", path, R"({"quota_requests_per_minute":5,"state":"disabled"})").body,
                   "state"),
            "disabled");
  EXPECT_EQ(ask_as(root, "DELETE", path).status, 204);
  EXPECT_EQ(ask_as(root, "DELETE", path).status, 404);
  const Reply audit = ask_as(root, "GET", "/ui/admin/audit?limit=3");
  EXPECT_NE(audit.body.find("\"action\":\"user-deleted\",\"subject\":\"anna\""), std::string::npos)
      << audit.body;
  EXPECT_EQ(audit.body.find(TestSite::kPassword), std::string::npos);
  EXPECT_EQ(ask_as(root, "GET", "/ui/admin/audit?limit=0").status, 400);
}

TEST_F(Accounts, TheLastAdministratorStays) {
  const history::User root = site_.add_user("root", history::UserRole::kAdmin);
  const std::string cookie = site_.log_in("root");
  const std::string path = "/ui/admin/users/" + root.id;
  EXPECT_EQ(ask_as(cookie, "PATCH", path, R"({"role":"user"})").status, 409);
  EXPECT_EQ(ask_as(cookie, "PATCH", path, R"({"state":"disabled"})").status, 409);
  EXPECT_EQ(ask_as(cookie, "DELETE", path).status, 409);
  site_.add_user("second", history::UserRole::kAdmin);
  EXPECT_EQ(ask_as(cookie, "PATCH", path, R"({"role":"user"})").status, 200);
  EXPECT_EQ(ask_as(cookie, "GET", "/ui/admin/users").status, 403) << "at once";
}

TEST_F(Accounts, QuotasHold) {
  history::User anna = site_.add_user("anna");
  anna.quota_requests_per_minute = 2;
  anna.quota_tokens_per_day = 100;
  site_.run<bool>([&](history::AccountStore& accounts) -> Result<bool> {
    if (const auto put = accounts.put_user(anna); !put) return put.error();
    return true;
  });
  const std::string cookie = site_.log_in("anna");
  EXPECT_EQ(ask_as(cookie, "POST", "/ui/chats/c1/runs", "{}").status, 200);
  EXPECT_EQ(ask_as(cookie, "POST", "/api/chat", "{}").status, 200);
  const Reply refused = ask_as(cookie, "POST", "/ui/chats/c1/runs", "{}");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.header("Retry-After"), "30");
  EXPECT_EQ(ask_as(cookie, "GET", "/ui/chats").status, 200) << "looking is free";
  site_.pass(60);
  EXPECT_EQ(ask_as(cookie, "POST", "/ui/chats/c1/runs", "{}").status, 200);
  site_.handle().count_tokens(anna.id, 60);
  site_.handle().count_tokens(anna.id, 60);
  site_.pass(60);
  const Reply empty = ask_as(cookie, "POST", "/ui/chats/c1/runs", "{}");
  EXPECT_EQ(empty.status, 429);
  EXPECT_NE(empty.body.find("your 100 tokens of today are used up"), std::string::npos) << empty.body;
  site_.pass(86'400);
  EXPECT_EQ(ask_as(cookie, "POST", "/ui/chats/c1/runs", "{}").status, 200) << "a new day";
}

TEST_F(Accounts, WhatPeopleTypeMakesNoLinesInTheLog) {
  site_.ask("POST", "/ui/login", R"({"name":"x\naccess: login by root","password":"wrong horse"})");
  EXPECT_NE(site_.lines().find("x access: login by root"), std::string::npos) << site_.lines();
}

TEST(NamedByProxy, OnlyATrustedProxyIsBelieved) {
  Options options = of_mode(Mode::kHeader);
  options.has_proxies = true;
  options.user_header = "X-User";
  options.email_header = "X-Email";
  options.admins = {"*@boss.example"};
  TestSite site(options);
  const auto ask = [&](bool is_from_proxy, http::Headers headers, const char* method = "GET") {
    headers.emplace_back("Sec-Fetch-Site", "same-origin");
    http::Request request = TestSite::make_request(method, "/ui/chats", "{}", std::move(headers));
    request.is_from_proxy = is_from_proxy;
    return Visit(site.router, request).wait();
  };
  EXPECT_EQ(ask(false, {{"X-User", "anna"}}).status, 401);
  EXPECT_EQ(ask(true, {}).status, 401);
  const Reply anna = ask(true, {{"X-User", "anna"}});
  EXPECT_EQ(anna.status, 200);
  EXPECT_EQ(ask(true, {{"X-User", "Anna"}}).body, anna.body) << "one and the same";
  EXPECT_FALSE(anna.body.ends_with("!"));
  EXPECT_TRUE(ask(true, {{"X-User", "root"}, {"X-Email", "root@boss.example"}}).body.ends_with("!"));
  EXPECT_EQ(ask(true, {{"X-User", std::string(500, 'x')}}).status, 400);
  http::Request foreign = TestSite::make_request("POST", "/ui/chats", "{}",
                                                 {{"X-User", "anna"}, {"Origin", "https://evil.example"}});
  foreign.is_from_proxy = true;
  EXPECT_EQ(Visit(site.router, foreign).wait().status, 403);
  site.run<Made>([&](history::AccountStore& accounts) {
    return set_user_state(accounts, "anna", history::UserState::kDisabled, site.now_ms);
  });
  site.pass(4);
  EXPECT_EQ(ask(true, {{"X-User", "anna"}}).status, 401);
}

}  // namespace
}  // namespace samovar::accounts
