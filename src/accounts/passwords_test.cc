#include "accounts/passwords.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "accounts/options.h"
#include "accounts/same_origin.h"

namespace samovar::accounts {
namespace {

TEST(Passwords, AHashOpensForItsPasswordOnly) {
  const auto hash = hash_password("пароль с пробелами");
  ASSERT_TRUE(hash);
  EXPECT_TRUE(hash->starts_with("$argon2id$v=19$m=65536,t=2,p=1$")) << *hash;
  EXPECT_TRUE(verify_password(*hash, "пароль с пробелами"));
  EXPECT_FALSE(verify_password(*hash, "пароль с пробелам"));
  EXPECT_NE(*hash, *hash_password("пароль с пробелами")) << "salted";
  for (const char* bad : {"", "x", "$argon2id$", "$argon2id$v=19$m=65536,t=2,p=1$AAAA$AAAA"})
    EXPECT_FALSE(verify_password(bad, "пароль с пробелами")) << bad;
  EXPECT_FALSE(verify_password("", "\x01 nobody \x02"));
}

TEST(Passwords, WhatIsTooEasyIsRefusedInWords) {
  EXPECT_TRUE(check_new_password("восемь88", "anna"));
  for (const auto& [password, why] :
       {std::pair("seven77", "at least 8"), std::pair("annaanna", "must not be the name"),
        std::pair("aaaaaaaaaa", "too easy")}) {
    const auto good = check_new_password(password, "annaanna");
    ASSERT_FALSE(good) << password;
    EXPECT_NE(good.error().message.find(why), std::string::npos) << good.error().message;
  }
  EXPECT_FALSE(check_new_password(std::string(2000, 'x') + "y", "anna"));
  for (const char* bad : {"", " anna", "anna ", "an\nna"}) EXPECT_FALSE(check_new_name(bad)) << bad;
  EXPECT_FALSE(check_new_name(std::string(101, 'x')));
  EXPECT_TRUE(check_new_name("Анна Каренина"));
}

TEST(Passwords, TheWorkerRefusesWhenTooManyWait) {
  PasswordWorker worker;
  std::promise<void> go;
  std::shared_future<void> gone = go.get_future().share();
  std::atomic<int> ran = 0;
  int taken = 0;
  for (int i = 0; i < 200; ++i) {
    taken += worker.run([gone, &ran] {
      gone.wait();
      ++ran;
    })
                 ? 1
                 : 0;
  }
  EXPECT_LT(taken, 100);
  EXPECT_GT(taken, 60);
  go.set_value();
  std::promise<void> done;
  while (!worker.run([&done] { done.set_value(); })) std::this_thread::yield();
  done.get_future().wait();
  EXPECT_EQ(ran.load(), taken);
}

TEST(Passwords, TheWorkerMayBeDroppedByItsOwnTask) {
  auto worker = std::make_shared<PasswordWorker>();
  std::promise<void> done;
  std::promise<void> dropped;
  ASSERT_TRUE(worker->run([held = worker, &done, gone = dropped.get_future().share()]() mutable {
    gone.wait();
    held.reset();
    done.set_value();
  }));
  worker.reset();
  dropped.set_value();
  done.get_future().wait();
}

TEST(AccessOptions, EveryModeSaysWhatItLacks) {
  EXPECT_EQ(*parse_mode("header"), Mode::kHeader);
  EXPECT_NE(parse_mode("opne").error().message.find("'opne' is none of open, password, users, oidc, header"),
            std::string::npos);
  Options options;
  EXPECT_TRUE(check_options(options));
  options.mode = Mode::kPassword;
  EXPECT_NE(check_options(options).error().message.find("SAMOVAR_PASSWORD_FILE"), std::string::npos);
  options.password = "short";
  EXPECT_NE(check_options(options).error().message.find("at least 8"), std::string::npos);
  options.password = "long enough";
  EXPECT_TRUE(check_options(options));
  options.mode = Mode::kHeader;
  EXPECT_NE(check_options(options).error().message.find("SAMOVAR_TRUSTED_PROXIES"), std::string::npos);
  options.has_proxies = true;
  EXPECT_NE(check_options(options).error().message.find("SAMOVAR_USER_HEADER"), std::string::npos);
  options.mode = Mode::kOidc;
  options.oidc.issuer = "id.example.org";
  EXPECT_NE(check_options(options).error().message.find("it is 'id.example.org'"), std::string::npos);
  options.oidc.issuer = "https://id.example.org";
  EXPECT_NE(check_options(options).error().message.find("SAMOVAR_OIDC_CLIENT_ID"), std::string::npos);
  options.oidc.client_id = "samovar";
  EXPECT_NE(check_options(options).error().message.find("SAMOVAR_PUBLIC_URL"), std::string::npos);
}

TEST(AccessOptions, PatternsFitWithOneStar) {
  EXPECT_TRUE(fits_any({"*@example.org"}, "Anna@Example.org"));
  EXPECT_FALSE(fits_any({"*@example.org"}, "anna@example.org.evil"));
  EXPECT_TRUE(fits_any({"boris", "anna"}, "anna"));
  EXPECT_FALSE(fits_any({"anna"}, "annabel"));
  EXPECT_FALSE(fits_any({}, "anna"));
  EXPECT_FALSE(fits_any({"aa*aa"}, "aaa"));
}

http::Request post_with(http::Headers headers) {
  http::Request request;
  request.method = "POST";
  request.headers = std::move(headers);
  request.headers.emplace_back("Host", "samovar.example:8000");
  return request;
}

TEST(SameOrigin, TheBrowsersWordCounts) {
  EXPECT_TRUE(is_same_origin(post_with({{"Origin", "https://samovar.example:8000"}})));
  EXPECT_TRUE(is_same_origin(post_with({{"Sec-Fetch-Site", "same-origin"}})));
  for (const http::Headers& foreign :
       {http::Headers{}, http::Headers{{"Origin", "null"}},
        http::Headers{{"Origin", "https://samovar.example"}},
        http::Headers{{"Origin", "https://evil.example"}}, http::Headers{{"Sec-Fetch-Site", "same-site"}},
        http::Headers{{"Sec-Fetch-Site", "none"}},
        http::Headers{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://samovar.example:8000"}}}) {
    EXPECT_FALSE(is_same_origin(post_with(foreign)));
  }
  EXPECT_FALSE(tells_origin(post_with({})));
}

}  // namespace
}  // namespace samovar::accounts
