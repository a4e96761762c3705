// People whom another system has let in: a proxy in front, an OpenID provider. Their accounts are made when
// they come for the first time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "accounts/options.h"
#include "base/result.h"
#include "history/account_store.h"
#include "http/message.h"

namespace samovar::accounts {

struct Outsider {
  std::string external;  // history::User::external
  std::string name;
  std::string email;  // ""
  std::vector<std::string>
      proofs;  // what may be looked for in Options::admins: nothing that they chose themselves
};

// Whom the proxy names; nothing when the request does not come from a trusted one, or names nobody.
[[nodiscard]] std::optional<Outsider> read_outsider(const Options& options, const http::Request& request);

// Finds the account, or makes it. Who is in Options::admins becomes an administrator; nobody ceases to be one
// here. Fails with kInvalidArgument for a name that is none.
[[nodiscard]] Result<history::User> admit_outsider(history::AccountStore& accounts, const Options& options,
                                                   const Outsider& outsider, int64_t now_ms);

}  // namespace samovar::accounts
