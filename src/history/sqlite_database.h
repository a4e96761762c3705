// An SQLite file, or a database in memory.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "history/database.h"

struct sqlite3;
struct sqlite3_stmt;

namespace samovar::history {

class SqliteDatabase : public Database {
 public:
  enum class Mode { kReadWrite, kReadOnly };
  // Opens, and in kReadWrite creates; ":memory:" lives as long as the connection. kIo, kCorrupt.
  [[nodiscard]] static Result<std::unique_ptr<SqliteDatabase>> open(const std::string& path,
                                                                    Mode mode = Mode::kReadWrite);
  ~SqliteDatabase() override;
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  [[nodiscard]] Dialect dialect() const override { return Dialect::kSqlite; }
  [[nodiscard]] const std::string& place() const override { return path_; }
  Result<void> run_values(std::string_view sql, std::span<const Value> values, const OnRow& on_row) override;
  Result<void> run_script(const std::string& sql) override;
  [[nodiscard]] int64_t n_changed() const override;
  Result<void> begin() override { return run("BEGIN IMMEDIATE"); }
  Result<void> commit() override { return run("COMMIT"); }
  Result<void> roll_back() override { return run("ROLLBACK"); }

  [[nodiscard]] sqlite3* handle() { return handle_; }
  [[nodiscard]] Error error(int code) const;  // of an SQLite call that returned `code`

 private:
  SqliteDatabase(sqlite3* handle, std::string path) : handle_(handle), path_(std::move(path)) {}
  Result<sqlite3_stmt*> prepare(std::string_view sql);

  sqlite3* handle_;
  std::string path_;
  std::unordered_map<std::string_view, sqlite3_stmt*> statements_;  // by their own text
};

}  // namespace samovar::history
