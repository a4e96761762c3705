#include "accounts/account_work.h"

#include "accounts/passwords.h"

namespace samovar::accounts {
namespace {

constexpr const char* kCommandLine = "command line";
constexpr int64_t kResetLinkSeconds = int64_t{72} * 3600;

Result<history::User> find_named(history::AccountStore& accounts, const std::string& name) {
  Result<std::optional<history::User>> user = accounts.find_user_by_name(name);
  if (!user) return user.error();
  if (!*user) return Error{Code::kNotFound, "there is no account '" + name + "'"};
  return **std::move(user);
}

Result<void> note_work(history::AccountStore& accounts, const char* action, const std::string& subject,
                       const std::string& detail, int64_t now_ms) {
  return accounts.add_audit({.at_ms = now_ms,
                             .actor = kCommandLine,
                             .action = action,
                             .subject = subject,
                             .address = {},
                             .detail = detail});
}

Result<Made> put_changed(history::AccountStore& accounts, history::User user, const std::string& detail,
                         int64_t now_ms) {
  if (const auto put = accounts.put_user(user); !put) return put.error();
  if (const auto noted = note_work(accounts, "user-changed", user.name, detail, now_ms); !noted)
    return noted.error();
  return Made{std::move(user), std::nullopt};
}

Result<InviteLink> add_reset_link(history::AccountStore& accounts, const history::User& user,
                                  int64_t now_ms) {
  return add_invite(accounts, {.user = user.id,
                               .note = user.name,
                               .role = user.role,
                               .made_by = kCommandLine,
                               .now_ms = now_ms,
                               .lives_s = kResetLinkSeconds});
}

}  // namespace

Result<void> check_not_last_admin(history::AccountStore& accounts, const history::User& user) {
  if (user.role != history::UserRole::kAdmin || user.state != history::UserState::kActive) return {};
  const Result<int64_t> count = accounts.count_users(history::UserRole::kAdmin, history::UserState::kActive);
  if (!count) return count.error();
  if (*count > 1) return {};
  return Error{Code::kConflict, "'" + user.name + "' is the last administrator: make another one first"};
}

Result<Made> make_user(history::AccountStore& accounts, const UserWish& wish) {
  NewAccount account{.name = wish.name, .email = wish.email, .role = wish.role, .now_ms = wish.now_ms};
  if (wish.password.empty()) {
    account.state = history::UserState::kInvited;
  } else {
    Result<std::string> hash = hash_password(wish.password);
    if (!hash) return hash.error();
    account.password_hash = *std::move(hash);
  }
  Result<history::User> user = add_account(accounts, account);
  if (!user) return user.error();
  Made made{*std::move(user), std::nullopt};
  if (wish.password.empty()) {
    const Result<InviteLink> link = add_reset_link(accounts, made.user, wish.now_ms);
    if (!link) return link.error();
    made.link = *link;
  }
  const auto noted = note_work(accounts, "user-added", made.user.name, to_string(wish.role), wish.now_ms);
  if (!noted) return noted.error();
  return made;
}

Result<Made> set_user_state(history::AccountStore& accounts, const std::string& name,
                            history::UserState state, int64_t now_ms) {
  Result<history::User> user = find_named(accounts, name);
  if (!user) return user.error();
  if (state != history::UserState::kActive) {
    if (const auto others = check_not_last_admin(accounts, *user); !others) return others.error();
  }
  if (user->state == state) return Made{*std::move(user), std::nullopt};
  // Sessions from before do not come back with the account.
  ++user->session_epoch;
  const bool waits =
      state == history::UserState::kActive && user->password_hash.empty() && user->external.empty();
  user->state = waits ? history::UserState::kInvited : state;
  return put_changed(accounts, *std::move(user), std::string("state ") + to_string(state), now_ms);
}

Result<Made> set_user_role(history::AccountStore& accounts, const std::string& name, history::UserRole role,
                           int64_t now_ms) {
  Result<history::User> user = find_named(accounts, name);
  if (!user) return user.error();
  if (role != history::UserRole::kAdmin) {
    if (const auto others = check_not_last_admin(accounts, *user); !others) return others.error();
  }
  user->role = role;
  return put_changed(accounts, *std::move(user), std::string("role ") + to_string(role), now_ms);
}

Result<Made> set_user_password(history::AccountStore& accounts, const std::string& name,
                               const std::string& password, int64_t now_ms) {
  Result<history::User> user = find_named(accounts, name);
  if (!user) return user.error();
  Result<std::string> hash = hash_password(password);
  if (!hash) return hash.error();
  user->password_hash = *std::move(hash);
  ++user->session_epoch;
  if (user->state == history::UserState::kInvited) user->state = history::UserState::kActive;
  return put_changed(accounts, *std::move(user), "password", now_ms);
}

Result<Made> make_reset_link(history::AccountStore& accounts, const std::string& name, int64_t now_ms) {
  Result<history::User> user = find_named(accounts, name);
  if (!user) return user.error();
  if (user->state == history::UserState::kDisabled)
    return Error{Code::kConflict, "'" + user->name + "' is disabled: enable the account first"};
  const Result<InviteLink> link = add_reset_link(accounts, *user, now_ms);
  if (!link) return link.error();
  const auto noted = note_work(accounts, "user-changed", user->name, "link for a new password", now_ms);
  if (!noted) return noted.error();
  return Made{*std::move(user), *link};
}

Result<Made> delete_user(history::Store& store, const std::string& name, int64_t now_ms) {
  history::AccountStore& accounts = store.accounts();
  Result<history::User> user = find_named(accounts, name);
  if (!user) return user.error();
  if (const auto others = check_not_last_admin(accounts, *user); !others) return others.error();
  if (const auto erased = store.erase_owner(user->id); !erased) return erased.error();
  if (const auto erased = accounts.erase_user(user->id); !erased) return erased.error();
  if (const auto noted = note_work(accounts, "user-deleted", user->name, "", now_ms); !noted)
    return noted.error();
  return Made{*std::move(user), std::nullopt};
}

Result<InviteLink> make_invite(history::AccountStore& accounts, const InviteWish& wish) {
  const Result<InviteLink> link = add_invite(accounts, {.user = {},
                                                        .note = wish.note,
                                                        .role = wish.role,
                                                        .made_by = kCommandLine,
                                                        .now_ms = wish.now_ms,
                                                        .lives_s = wish.lives_s});
  if (!link) return link.error();
  const auto noted = note_work(accounts, "invite-made", wish.note, to_string(wish.role), wish.now_ms);
  if (!noted) return noted.error();
  return link;
}

}  // namespace samovar::accounts
