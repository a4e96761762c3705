// What operators do with a whole store: back it up, put it back, move it to the other database. Everything is
// checked, and nothing that was there is overwritten before the new one is whole. For commands: blocks, not
// for the server's threads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.h"
#include "history/archive.h"
#include "history/tables.h"

namespace samovar::history {

// Writes a copy of the store to an SQLite file while servers may be using it. kNotFound: there is no store.
[[nodiscard]] Result<TableCounts> back_up(const Place& place, const std::filesystem::path& file);

struct Restored {
  TableCounts counts;
  std::filesystem::path aside;  // where that is which was there; empty: there was nothing
};

// Makes a backup the store. An older program's is brought up to date. kConflict while a server runs on it;
// kCorrupt, kUnsupported and kInvalidArgument for a file that is of no use.
[[nodiscard]] Result<Restored> restore(const Place& place, const std::filesystem::path& file);

// Copies all from one place to another of the other kind, and compares; what was there stays. kConflict while
// a server runs on either, or when there are conversations, accounts or API keys at `to`.
[[nodiscard]] Result<Restored> move_store(const Place& from, const Place& to);

struct StoreStatus {
  std::string kind;        // "sqlite", "postgresql"
  std::string address;     // for people, without secrets
  int64_t version = 0;     // of the tables; 0: there are none
  int64_t newest = 0;      // that this program knows
  int64_t n_servers = -1;  // that use it now; -1: not known, but at least one does
  int64_t bytes = 0;
  TableCounts counts;
};

[[nodiscard]] Result<StoreStatus> read_status(const Place& place);

}  // namespace samovar::history
