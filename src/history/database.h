// SQLite as values and Results. A connection belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace samovar::history {

using Value = std::variant<int64_t, std::string_view>;

// The row at hand; columns from 0. NULL reads as 0 and "".
class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
  [[nodiscard]] int64_t number(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] bool is_null(int column) const;

 private:
  sqlite3_stmt* statement_;
};

using OnRow = std::function<void(const Row&)>;

class Database {
 public:
  // Opens or creates; ":memory:" lives as long as the connection. kIo, kCorrupt.
  [[nodiscard]] static Result<std::unique_ptr<Database>> open(const std::string& path);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // One statement with its `?`s; prepared once and kept. kConflict for a broken UNIQUE.
  Result<void> run(const char* sql, std::initializer_list<Value> values = {}, const OnRow& on_row = {});
  // Several statements without values or rows.
  Result<void> run_script(const std::string& sql);

  [[nodiscard]] int64_t last_key() const;
  [[nodiscard]] int64_t n_changed() const;  // by the last statement
  [[nodiscard]] sqlite3* handle() { return handle_; }

 private:
  Database(sqlite3* handle, std::string path) : handle_(handle), path_(std::move(path)) {}
  Result<sqlite3_stmt*> prepare(const char* sql);
  [[nodiscard]] Error error(int code) const;

  sqlite3* handle_;
  std::string path_;
  std::unordered_map<std::string_view, sqlite3_stmt*> statements_;  // by their own text
};

}  // namespace samovar::history
