// A database as values and Results: SQLite (sqlite_database.h) or PostgreSQL (postgres_database.h). SQL is
// written once, in what both understand: `?` and `?1` for values, RETURNING for keys, ON CONFLICT. A
// connection belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace samovar::history {

enum class Dialect { kSqlite, kPostgres };

// A number, a text or (monostate) NULL. Texts are only read while the call lasts.
using Value = std::variant<int64_t, std::string_view, std::monostate>;

// The row at hand; columns from 0. NULL reads as 0 and "", true as 1.
class Row {
 public:
  virtual ~Row() = default;
  [[nodiscard]] virtual int64_t number(int column) const = 0;
  [[nodiscard]] virtual std::string text(int column) const = 0;
  [[nodiscard]] virtual bool is_null(int column) const = 0;
};

using OnRow = std::function<void(const Row&)>;

class Database {
 public:
  virtual ~Database() = default;
  [[nodiscard]] virtual Dialect dialect() const = 0;
  [[nodiscard]] virtual const std::string& place() const = 0;  // for people, without secrets

  // One statement with its `?`s; prepared once and kept. kConflict for a broken UNIQUE, kBusy where the same
  // may succeed at once, kIo while the disk or the server refuses.
  Result<void> run(std::string_view sql, std::initializer_list<Value> values = {}, const OnRow& on_row = {}) {
    return run_values(sql, std::span<const Value>(values.begin(), values.size()), on_row);
  }
  virtual Result<void> run_values(std::string_view sql, std::span<const Value> values,
                                  const OnRow& on_row) = 0;
  // Several statements without values or rows.
  virtual Result<void> run_script(const std::string& sql) = 0;
  [[nodiscard]] virtual int64_t n_changed() const = 0;  // by the last statement of run()

  virtual Result<void> begin() = 0;  // a transaction that will write
  virtual Result<void> commit() = 0;
  virtual Result<void> roll_back() = 0;
};

}  // namespace samovar::history
