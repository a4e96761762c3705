// The interface behind which accounts are kept, in the same place and the same transactions as conversations
// (Store::accounts()). Threads and failures as store.h says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "history/account_records.h"

namespace samovar::history {

class AccountStore {
 public:
  virtual ~AccountStore() = default;

  virtual Result<std::optional<User>> find_user(const std::string& id) = 0;
  virtual Result<std::optional<User>> find_user_by_name(const std::string& name) = 0;  // whatever its case
  virtual Result<std::optional<User>> find_user_by_external(const std::string& external) = 0;
  virtual Result<std::vector<User>> list_users() = 0;  // by name
  // Of that role and state.
  virtual Result<int64_t> count_users(UserRole role, UserState state) = 0;
  virtual Result<int64_t> count_users() = 0;
  // Inserts (key 0; sets it) or replaces all but id and creation. kConflict for an id, name or external that
  // another user has.
  virtual Result<void> put_user(User& user) = 0;
  // With their invitations and usage, not with what they own. False: there is none.
  virtual Result<bool> erase_user(const std::string& id) = 0;
  virtual Result<void> note_seen(const std::string& id, int64_t at_ms) = 0;

  virtual Result<void> put_invite(const Invite& invite) = 0;
  virtual Result<std::optional<Invite>> find_invite(const std::string& token_hash) = 0;
  virtual Result<std::vector<Invite>> list_invites() = 0;  // newest first
  // False: it was there no more. Whoever gets true may use it: of two at once only one does.
  virtual Result<bool> erase_invite(const std::string& token_hash) = 0;

  virtual Result<void> add_audit(const AuditEntry& entry) = 0;
  // Newest first, those with a key below `before_key`.
  virtual Result<std::vector<AuditEntry>> list_audit(int64_t before_key, int64_t limit) = 0;

  // Adds to what is there of that user and day.
  virtual Result<void> add_usage(const Usage& usage) = 0;
  virtual Result<Usage> read_usage(const std::string& user, int64_t day) = 0;  // zeros where there is none

  // Sessions that were ended before their time, by their own ids.
  virtual Result<void> put_ended_session(const std::string& session, int64_t expires_ms) = 0;
  virtual Result<bool> is_ended_session(const std::string& session) = 0;

  // The servers' own values, such as the key that signs cookies: one for all that share a store. Not for
  // anybody's eyes.
  virtual Result<std::optional<std::string>> find_value(const std::string& name) = 0;
  virtual Result<void> put_value(const std::string& name, const std::string& value) = 0;
  // Puts it unless there is one; the one that is there then.
  virtual Result<std::string> settle_value(const std::string& name, const std::string& value) = 0;

  // In the order of making, revoked ones too.
  virtual Result<std::vector<ApiKey>> list_api_keys() = 0;
  // False: there is, or was, one of that id.
  virtual Result<bool> add_api_key(const ApiKey& key) = 0;
  virtual Result<void> revoke_api_key(const std::string& id) = 0;
  virtual Result<void> erase_api_keys() = 0;  // as if there had never been any

  // Nothing is there yet: nothing. Until the transaction ends other servers wait for it.
  virtual Result<std::optional<Tally>> hold_tally(const std::string& name) = 0;
  virtual Result<void> put_tally(const std::string& name, const Tally& tally) = 0;
  virtual Result<void> erase_tally(const std::string& name) = 0;

  // Erases invitations and ended sessions that have expired by `now_ms`, tallies that have rested for some
  // hours, and audit entries, and usage of days, from before `audit_before_ms`.
  virtual Result<void> purge_accounts(int64_t now_ms, int64_t audit_before_ms) = 0;
};

}  // namespace samovar::history
