#include "accounts/new_account.h"

#include <algorithm>

#include "accounts/passwords.h"
#include "accounts/random_text.h"

namespace samovar::accounts {
namespace {

constexpr size_t kTokenBytes = 20;
constexpr size_t kMostEmailBytes = 254;
constexpr int kMostNamesakes = 1000;

}  // namespace

Result<void> check_email(const std::string& email) {
  if (email.empty()) return {};
  const size_t at = email.find('@');
  const bool has_odd = std::any_of(email.begin(), email.end(),
                                   [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; });
  if (at == 0 || at == std::string::npos || at + 1 == email.size() || has_odd ||
      email.size() > kMostEmailBytes)
    return Error{Code::kInvalidArgument, "email: '" + email + "' is no address"};
  return {};
}

Result<history::User> add_account(history::AccountStore& accounts, const NewAccount& wish) {
  if (const auto good = check_new_name(wish.name); !good) return good.error();
  if (const auto good = check_email(wish.email); !good) return good.error();
  const auto namesake = accounts.find_user_by_name(wish.name);
  if (!namesake) return namesake.error();
  if (*namesake)
    return Error{Code::kConflict, "name: there is an account '" + (*namesake)->name + "' already"};
  history::User user;
  user.id = make_user_id();
  user.name = wish.name;
  user.email = wish.email;
  user.external = wish.external;
  user.role = wish.role;
  user.state = wish.state;
  user.password_hash = wish.password_hash;
  user.quota_tokens_per_day = wish.quota_tokens_per_day;
  user.quota_requests_per_minute = wish.quota_requests_per_minute;
  user.created_ms = wish.now_ms;
  if (const auto put = accounts.put_user(user); !put) return put.error();
  return user;
}

Result<history::User> add_account_somehow(history::AccountStore& accounts, NewAccount wish) {
  const std::string name = wish.name;
  for (int n = 2; n < kMostNamesakes; ++n) {
    Result<history::User> made = add_account(accounts, wish);
    if (made || made.error().code != Code::kConflict) return made;
    wish.name = name + " " + std::to_string(n);
  }
  return Error{Code::kConflict, "name: there are too many accounts '" + name + "'"};
}

Result<InviteLink> add_invite(history::AccountStore& accounts, const NewInvite& wish) {
  const InviteLink link{make_random_hex(kTokenBytes), wish.now_ms + 1000 * wish.lives_s};
  const auto put = accounts.put_invite({.token_hash = hash_token(link.token),
                                        .user = wish.user,
                                        .note = wish.note,
                                        .role = wish.role,
                                        .created_ms = wish.now_ms,
                                        .expires_ms = link.expires_ms,
                                        .made_by = wish.made_by});
  if (!put) return put.error();
  return link;
}

}  // namespace samovar::accounts
