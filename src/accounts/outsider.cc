#include "accounts/outsider.h"

#include <algorithm>

#include "accounts/new_account.h"
#include "history/words.h"

namespace samovar::accounts {
namespace {

bool is_chosen_admin(const Options& options, const Outsider& outsider) {
  return std::any_of(outsider.proofs.begin(), outsider.proofs.end(),
                     [&](const std::string& proof) { return fits_any(options.admins, proof); });
}

}  // namespace

std::optional<Outsider> read_outsider(const Options& options, const http::Request& request) {
  if (!request.is_from_proxy) return std::nullopt;
  const std::string_view name = request.header(options.user_header);
  if (name.empty()) return std::nullopt;
  Outsider outsider{
      .external = "header:" + history::fold_utf8(name), .name = std::string(name), .email = {}, .proofs = {}};
  if (!options.email_header.empty()) outsider.email = request.header(options.email_header);
  if (!check_email(outsider.email)) outsider.email.clear();
  outsider.proofs = {outsider.name};
  if (!outsider.email.empty()) outsider.proofs.push_back(outsider.email);
  return outsider;
}

Result<history::User> admit_outsider(history::AccountStore& accounts, const Options& options,
                                     const Outsider& outsider, int64_t now_ms) {
  Result<std::optional<history::User>> known = accounts.find_user_by_external(outsider.external);
  if (!known) return known.error();
  const bool makes_admin = is_chosen_admin(options, outsider);
  if (!*known) {
    return add_account_somehow(accounts,
                               {.name = outsider.name,
                                .email = outsider.email,
                                .password_hash = {},
                                .external = outsider.external,
                                .role = makes_admin ? history::UserRole::kAdmin : history::UserRole::kUser,
                                .now_ms = now_ms});
  }
  history::User& user = **known;
  const bool is_new_admin = makes_admin && user.role != history::UserRole::kAdmin;
  const bool has_new_email = !outsider.email.empty() && outsider.email != user.email;
  if (!is_new_admin && !has_new_email) return user;
  if (is_new_admin) user.role = history::UserRole::kAdmin;
  if (has_new_email) user.email = outsider.email;
  if (const auto put = accounts.put_user(user); !put) return put.error();
  return user;
}

}  // namespace samovar::accounts
