// What a store keeps of accounts. Plain values; times are milliseconds since 1970. Secrets are kept as hashes
// only, but for the server's own (AccountStore::find_value).
#pragma once

#include <cstdint>
#include <string>

namespace samovar::history {

enum class UserRole { kUser, kAdmin };
enum class UserState {
  kActive,
  kDisabled,
  kInvited  // has no password yet; a link waits for them
};

[[nodiscard]] const char* to_string(UserRole role);    // "user", "admin"
[[nodiscard]] const char* to_string(UserState state);  // "active", "disabled", "invited"
// False, and `out` is as it was, for any other text.
bool parse_role(const std::string& text, UserRole& out);
bool parse_user_state(const std::string& text, UserState& out);

struct User {
  int64_t key = 0;    // the store's own; 0: not stored yet
  std::string id;     // unique; "u" and 24 hex digits: what owns conversations, never the name
  std::string name;   // what people log in with; unique, upper and lower case being one
  std::string email;  // ""
  std::string
      external;  // whom another system calls this: "oidc:ISSUER#SUBJECT", "header:NAME"; unique; "": nobody
  UserRole role = UserRole::kUser;
  UserState state = UserState::kActive;
  std::string password_hash;              // argon2id; "": none
  int64_t quota_tokens_per_day = 0;       // 0: any number
  int64_t quota_requests_per_minute = 0;  // 0: any number
  int64_t session_epoch = 0;              // raised to end all sessions
  int64_t created_ms = 0;
  int64_t last_seen_ms = 0;  // 0: never
};

// A link that makes an account, or gives an existing one a new password.
struct Invite {
  std::string token_hash;  // unique
  std::string user;        // id of the account that gets a new password; "": a new account is made
  std::string note;        // for people: whom it is meant for
  UserRole role = UserRole::kUser;
  int64_t created_ms = 0;
  int64_t expires_ms = 0;
  std::string made_by;  // a user's id, or "command line"
};

struct AuditEntry {
  int64_t key = 0;  // the store's own; rises
  int64_t at_ms = 0;
  std::string actor;    // a user's name, "command line", or what somebody claimed to be
  std::string action;   // "login", "login-failed", "user-disabled"
  std::string subject;  // whom or what it was done to; ""
  std::string address;  // where the request came from; ""
  std::string detail;   // ""
};

// An API key, of which only the hash is known.
struct ApiKey {
  std::string id;      // unique
  std::string name;    // for people
  std::string hash;    // hex SHA-256 of the secret
  std::string scopes;  // "chat,models"
  int64_t created_ms = 0;
  int64_t expires_ms = 0;  // 0: never
  int64_t per_minute = 0;  // requests; 0: any number
  std::string user;        // id of the account that it belongs to; "": nobody's
  bool is_revoked = false;
};

// What all servers on a store count together: turns that are left, tries that failed.
struct Tally {
  int64_t amount = 0;
  int64_t at_ms = 0;     // of the last change
  int64_t until_ms = 0;  // nothing before that; 0: nothing to wait for
};

struct Usage {  // of one user on one day
  std::string user;
  int64_t day = 0;  // days since 1970, UTC
  int64_t requests = 0;
  int64_t tokens = 0;
};

}  // namespace samovar::history
