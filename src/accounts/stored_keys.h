// API keys in the store of accounts: those of servers that share a database.
#pragma once

#include <memory>
#include <vector>

#include "accounts/live_streams.h"
#include "history/archive.h"
#include "keys/key_source.h"
#include "keys/key_store.h"

namespace samovar::accounts {

// Inside a transaction. kCorrupt for a key that is not understood.
[[nodiscard]] Result<keys::KeySet> read_stored_keys(history::AccountStore& accounts);
// Keys that are known there already, also revoked ones, stay as they are.
[[nodiscard]] Result<void> add_stored_keys(history::AccountStore& accounts,
                                           const std::vector<keys::Key>& keys);

// Looks after them. The archive outlives it.
[[nodiscard]] std::shared_ptr<keys::KeyStore> make_database_store(history::Archive& archive);

// The server's view of them, a few seconds old at most. While the store does not answer, keys that were known
// hold for ten minutes; where there were none, nobody is asked for one. The archive outlives it.
[[nodiscard]] std::shared_ptr<keys::KeySource> make_stored_keys(history::Archive& archive,
                                                                PostLater post_later);

}  // namespace samovar::accounts
