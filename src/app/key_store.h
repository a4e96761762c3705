// Where API keys are: in the PostgreSQL that several servers share, else in a file (keys_choice.h).
#pragma once

#include <memory>
#include <string>

#include "history/archive.h"
#include "keys/key_store.h"

namespace samovar::app {

// For commands: the place of this program's settings. Fails as open_history() does.
[[nodiscard]] Result<std::shared_ptr<keys::KeyStore>> open_key_store();

// For a server on that archive, which outlives it; null: there is no place for keys.
[[nodiscard]] std::shared_ptr<keys::KeyStore> key_store_of(history::Archive& archive);

// Moves keys from where they are not kept (any more) to where they are: from the data folder's file into the
// database, after moving to PostgreSQL; from SQLite's tables into the file, after moving back. What was done,
// in a sentence; "": nothing.
[[nodiscard]] Result<std::string> settle_keys(history::Archive& archive);

// Whether the keys of a server on that archive are in it.
[[nodiscard]] bool keeps_keys(const history::Archive& archive);

}  // namespace samovar::app
