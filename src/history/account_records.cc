#include "history/account_records.h"

namespace samovar::history {

const char* to_string(UserRole role) { return role == UserRole::kAdmin ? "admin" : "user"; }

const char* to_string(UserState state) {
  switch (state) {
    case UserState::kDisabled:
      return "disabled";
    case UserState::kInvited:
      return "invited";
    default:
      return "active";
  }
}

bool parse_role(const std::string& text, UserRole& out) {
  for (const UserRole role : {UserRole::kUser, UserRole::kAdmin}) {
    if (text != to_string(role)) continue;
    out = role;
    return true;
  }
  return false;
}

bool parse_user_state(const std::string& text, UserState& out) {
  for (const UserState state : {UserState::kActive, UserState::kDisabled, UserState::kInvited}) {
    if (text != to_string(state)) continue;
    out = state;
    return true;
  }
  return false;
}

}  // namespace samovar::history
