// What a browser holds after its login: a signed cookie that says who it is and until when. Pure but for
// random ids; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace samovar::accounts {

struct Session {
  std::string user;       // an account's id; "": a session without an account (mode password)
  std::string id;         // its own, so that one session can be ended
  int64_t epoch = 0;      // of the account (history::User::session_epoch), or of the shared password
  int64_t issued_s = 0;   // Unix time
  int64_t expires_s = 0;  // Unix time
};

// One for all servers that share a store. A session holds in the mode in which it was made only.
class SessionSigner {
 public:
  // `secret`: any text, settled once; `purpose`: what sets these sessions apart from others.
  SessionSigner(std::string_view secret, std::string_view purpose);

  [[nodiscard]] std::string sign(const Session& session) const;
  // Nothing for what was not signed here, was changed, or has expired.
  [[nodiscard]] std::optional<Session> read(std::string_view signed_text, int64_t now_s) const;
  // A number that is the same for the same text, and tells nothing about it.
  [[nodiscard]] int64_t fingerprint(std::string_view text) const;

 private:
  [[nodiscard]] std::string mac_of(std::string_view text) const;

  std::array<unsigned char, 32> key_{};
};

inline constexpr const char* kSessionCookie = "samovar_session";

// Set-Cookie values. Lax: coming back from an OpenID provider counts as coming from elsewhere.
[[nodiscard]] std::string make_session_cookie(const http::Request& request, const std::string& value,
                                              int64_t lives_s);
[[nodiscard]] std::string make_cookie_end(const http::Request& request, std::string_view name);

}  // namespace samovar::accounts
