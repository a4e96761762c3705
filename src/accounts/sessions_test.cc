#include "accounts/sessions.h"

#include <gtest/gtest.h>

#include "accounts/random_text.h"

namespace samovar::accounts {
namespace {

const Session kSession{.user = "u0123", .id = "abcd", .epoch = 3, .issued_s = 1000, .expires_s = 2000};

TEST(Sessions, OneComesBackAsItWasSigned) {
  const SessionSigner signer("secret", "session users");
  const auto back = signer.read(signer.sign(kSession), 1500);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->user, "u0123");
  EXPECT_EQ(back->id, "abcd");
  EXPECT_EQ(back->epoch, 3);
  EXPECT_EQ(back->issued_s, 1000);
  EXPECT_EQ(back->expires_s, 2000);
  Session nobody = kSession;
  nobody.user = "";
  EXPECT_EQ(signer.read(signer.sign(nobody), 1500)->user, "");
}

TEST(Sessions, AnExpiredOneIsNone) {
  const SessionSigner signer("secret", "session users");
  EXPECT_TRUE(signer.read(signer.sign(kSession), 1999));
  EXPECT_FALSE(signer.read(signer.sign(kSession), 2000));
}

TEST(Sessions, EveryChangedCharacterIsNoticed) {
  const SessionSigner signer("secret", "session users");
  const std::string good = signer.sign(kSession);
  for (size_t i = 0; i < good.size(); ++i) {
    for (const char c : {'0', '9', 'a', '.', '-'}) {
      std::string bad = good;
      if (bad[i] == c) continue;
      bad[i] = c;
      EXPECT_FALSE(signer.read(bad, 1500)) << bad;
    }
    EXPECT_FALSE(signer.read(good.substr(0, i), 1500));
  }
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(5000, '.'), good + ".", good + "0"})
    EXPECT_FALSE(signer.read(bad, 1500));
}

TEST(Sessions, OneOfAnotherServerOrModeIsNone) {
  const std::string good = SessionSigner("secret", "session users").sign(kSession);
  EXPECT_FALSE(SessionSigner("other", "session users").read(good, 1500));
  EXPECT_FALSE(SessionSigner("secret", "session oidc").read(good, 1500));
  EXPECT_NE(SessionSigner("secret", "a").fingerprint("x"), SessionSigner("secret", "a").fingerprint("y"));
  EXPECT_EQ(SessionSigner("secret", "a").fingerprint("x"), SessionSigner("secret", "a").fingerprint("x"));
}

TEST(Sessions, ACookieIsSecureWhereTheConnectionIs) {
  http::Request request;
  EXPECT_EQ(make_session_cookie(request, "v", 60),
            "samovar_session=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
  request.is_secure = true;
  EXPECT_TRUE(make_session_cookie(request, "v", 60).ends_with("; Secure"));
}

TEST(RandomText, CodesAreReadAsPeopleTypeThem) {
  const std::string code = make_code();
  EXPECT_EQ(code.size(), 19U);
  EXPECT_NE(code, make_code());
  std::string typed = " ";
  for (const char c : code) typed += c == '-' ? ' ' : static_cast<char>(std::toupper(c));
  EXPECT_EQ(tidy_code(typed), code);
  EXPECT_TRUE(make_user_id().starts_with("u"));
  EXPECT_EQ(make_user_id().size(), 25U);
  EXPECT_TRUE(are_same("abc", "abc"));
  EXPECT_FALSE(are_same("abc", "abd"));
  EXPECT_FALSE(are_same("abc", "ab"));
}

}  // namespace
}  // namespace samovar::accounts
