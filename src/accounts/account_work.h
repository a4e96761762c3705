// What the command line does with accounts, each inside one transaction and with a line in the audit log. A
// server that runs on the same store knows of it within seconds.
#pragma once

#include <optional>
#include <string>

#include "accounts/new_account.h"
#include "history/store.h"

namespace samovar::accounts {

struct UserWish {
  std::string name;
  std::string email;
  std::string password;  // "": a link is made by which its owner chooses one
  history::UserRole role = history::UserRole::kUser;
  int64_t now_ms = 0;
};

struct Made {
  history::User user;
  std::optional<InviteLink> link;
};

// `name` is an account's; kNotFound, naming it, when there is none. kConflict where the last administrator
// would go.
[[nodiscard]] Result<Made> make_user(history::AccountStore& accounts, const UserWish& wish);
[[nodiscard]] Result<Made> set_user_state(history::AccountStore& accounts, const std::string& name,
                                          history::UserState state, int64_t now_ms);
[[nodiscard]] Result<Made> set_user_role(history::AccountStore& accounts, const std::string& name,
                                         history::UserRole role, int64_t now_ms);
[[nodiscard]] Result<Made> set_user_password(history::AccountStore& accounts, const std::string& name,
                                             const std::string& password, int64_t now_ms);
[[nodiscard]] Result<Made> make_reset_link(history::AccountStore& accounts, const std::string& name,
                                           int64_t now_ms);
// With all that it owns.
[[nodiscard]] Result<Made> delete_user(history::Store& store, const std::string& name, int64_t now_ms);

struct InviteWish {
  std::string note;
  history::UserRole role = history::UserRole::kUser;
  int64_t lives_s = 0;
  int64_t now_ms = 0;
};
[[nodiscard]] Result<InviteLink> make_invite(history::AccountStore& accounts, const InviteWish& wish);

// kConflict when no active administrator would be left without `user`.
[[nodiscard]] Result<void> check_not_last_admin(history::AccountStore& accounts, const history::User& user);

}  // namespace samovar::accounts
