// How an operator lets people in. Plain values and their checks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace samovar::accounts {

enum class Mode {
  kOpen,      // whoever can connect
  kPassword,  // whoever knows one password
  kUsers,     // accounts with passwords, kept here
  kOidc,      // accounts of an OpenID provider
  kHeader     // accounts that a proxy in front names in a header
};

[[nodiscard]] std::string_view to_string(Mode mode);
// kInvalidArgument, listing what there is.
[[nodiscard]] Result<Mode> parse_mode(std::string_view text);

struct OidcOptions {
  std::string issuer;  // "https://id.example.org"
  std::string client_id;
  std::string client_secret;  // "": a public client
  std::string scopes = "openid profile email";
  std::string public_url;          // of this server, as browsers see it: "https://chat.example.org"
  std::string name = "OpenID";     // on the button
  std::vector<std::string> allow;  // addresses that may come in; '*' stands for any text; empty: all
};

struct Options {
  Mode mode = Mode::kOpen;
  std::string password;             // kPassword
  int64_t session_s = 30 * 86'400;  // that a login lasts without being used
  std::vector<std::string> admins;  // names or addresses of accounts that are admins (kOidc, kHeader)
  bool has_proxies = false;         // kHeader: some are trusted
  std::string user_header;          // kHeader: "X-Forwarded-User"
  std::string email_header;         // kHeader; "": none
  std::string logout_url;           // kHeader, kOidc: where a browser goes to log out there; "": nowhere
  OidcOptions oidc;

  [[nodiscard]] bool has_accounts() const { return mode != Mode::kOpen && mode != Mode::kPassword; }
};

// kInvalidArgument in one sentence that says what to set, for a mode that lacks what it needs.
[[nodiscard]] Result<void> check_options(const Options& options);

// Whether one of `patterns` ('*' stands for any text, once) fits, whatever the case of ASCII letters.
[[nodiscard]] bool fits_any(const std::vector<std::string>& patterns, std::string_view text);

}  // namespace samovar::accounts
