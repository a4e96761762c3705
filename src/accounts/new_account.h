// Making an account, whoever does it: the first administrator, an invitation, an administrator, the command
// line, a login through another system. Inside a transaction.
#pragma once

#include <string>

#include "base/result.h"
#include "history/account_store.h"

namespace samovar::accounts {

struct NewAccount {
  std::string name;
  std::string email;
  std::string password_hash;  // "": cannot log in with one yet
  std::string external;
  history::UserRole role = history::UserRole::kUser;
  history::UserState state = history::UserState::kActive;
  int64_t quota_tokens_per_day = 0;
  int64_t quota_requests_per_minute = 0;
  int64_t now_ms = 0;
};

// kConflict, naming it, when the name is taken; kInvalidArgument for a name or an address that is none.
[[nodiscard]] Result<history::User> add_account(history::AccountStore& accounts, const NewAccount& wish);

// As add_account(), but a name that is taken gets a number behind it: "anna 2".
[[nodiscard]] Result<history::User> add_account_somehow(history::AccountStore& accounts, NewAccount wish);

// "" is right: not everybody has one. kInvalidArgument.
[[nodiscard]] Result<void> check_email(const std::string& email);

struct NewInvite {
  std::string user;  // whose password is to be new; "": a new account
  std::string note;
  history::UserRole role = history::UserRole::kUser;
  std::string made_by;
  int64_t now_ms = 0;
  int64_t lives_s = 0;
};

struct InviteLink {
  std::string token;
  int64_t expires_ms = 0;

  [[nodiscard]] std::string path() const { return "/invite/" + token; }
};

[[nodiscard]] Result<InviteLink> add_invite(history::AccountStore& accounts, const NewInvite& wish);

}  // namespace samovar::accounts
