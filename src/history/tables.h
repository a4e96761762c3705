// The tables of the store as such, for copying them from one database to the other: what they are is read
// from the SQLite side, so that a new one need not be named here.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "history/database.h"

namespace samovar::history {

struct Column {
  std::string name;
  bool is_number = false;
  bool is_in_key = false;  // of the primary key
};

struct Table {
  std::string name;
  std::vector<Column> columns;
};

// Rows of each table, in the order in which the tables were made.
using TableCounts = std::vector<std::pair<std::string, int64_t>>;

// The program's tables of an SQLite database, without the indexes of words: parents before children.
[[nodiscard]] Result<std::vector<Table>> list_tables(Database& sqlite);
[[nodiscard]] Result<TableCounts> count_rows(Database& database, const std::vector<Table>& tables);

// Copies all rows inside transactions that the caller has begun; `into` has the same tables, empty. Fills
// PostgreSQL's index of words and sets its counters of keys.
Result<void> copy_tables(Database& from, Database& into, const std::vector<Table>& tables);

// A sum over all rows of a table, whatever their order: equal for equal tables in both databases.
[[nodiscard]] Result<uint64_t> digest_table(Database& database, const Table& table);

}  // namespace samovar::history
