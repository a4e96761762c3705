// Accounts in an SQL database (schema.h).
#pragma once

#include <string>
#include <vector>

#include "history/account_store.h"
#include "history/database.h"

namespace samovar::history {

class SqlAccounts : public AccountStore {
 public:
  explicit SqlAccounts(Database& database) : database_(database) {}  // which outlives this

  Result<std::optional<User>> find_user(const std::string& id) override;
  Result<std::optional<User>> find_user_by_name(const std::string& name) override;
  Result<std::optional<User>> find_user_by_external(const std::string& external) override;
  Result<std::vector<User>> list_users() override;
  Result<int64_t> count_users(UserRole role, UserState state) override;
  Result<int64_t> count_users() override;
  Result<void> put_user(User& user) override;
  Result<bool> erase_user(const std::string& id) override;
  Result<void> note_seen(const std::string& id, int64_t at_ms) override;
  Result<void> put_invite(const Invite& invite) override;
  Result<std::optional<Invite>> find_invite(const std::string& token_hash) override;
  Result<std::vector<Invite>> list_invites() override;
  Result<bool> erase_invite(const std::string& token_hash) override;
  Result<void> add_audit(const AuditEntry& entry) override;
  Result<std::vector<AuditEntry>> list_audit(int64_t before_key, int64_t limit) override;
  Result<void> add_usage(const Usage& usage) override;
  Result<Usage> read_usage(const std::string& user, int64_t day) override;
  Result<void> put_ended_session(const std::string& session, int64_t expires_ms) override;
  Result<bool> is_ended_session(const std::string& session) override;
  Result<std::optional<std::string>> find_value(const std::string& name) override;
  Result<void> put_value(const std::string& name, const std::string& value) override;
  Result<std::string> settle_value(const std::string& name, const std::string& value) override;
  Result<std::vector<ApiKey>> list_api_keys() override;
  Result<bool> add_api_key(const ApiKey& key) override;
  Result<void> revoke_api_key(const std::string& id) override;
  Result<void> erase_api_keys() override;
  Result<std::optional<Tally>> hold_tally(const std::string& name) override;
  Result<void> put_tally(const std::string& name, const Tally& tally) override;
  Result<void> erase_tally(const std::string& name) override;
  Result<void> purge_accounts(int64_t now_ms, int64_t audit_before_ms) override;

 private:
  Result<std::vector<User>> read_users(const char* sql, std::initializer_list<Value> values);
  Result<std::optional<User>> read_user(const char* sql, std::initializer_list<Value> values);
  Result<int64_t> read_number(const char* sql, std::initializer_list<Value> values);

  Database& database_;
};

}  // namespace samovar::history
