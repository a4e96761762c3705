#include "history/sqlite_database.h"

#include <sqlite3.h>

namespace samovar::history {
namespace {

// Another program (a backup, the sqlite3 shell) may hold the file for a moment.
constexpr int kBusyMs = 5'000;

int bind_value(sqlite3_stmt* statement, int index, const Value& value) {
  if (std::holds_alternative<std::monostate>(value)) return sqlite3_bind_null(statement, index);
  if (const auto* number = std::get_if<int64_t>(&value)) return sqlite3_bind_int64(statement, index, *number);
  const auto text = std::get<std::string_view>(value);
  // An empty view may have no address, and that would be NULL.
  return sqlite3_bind_text64(statement, index, text.empty() ? "" : text.data(), text.size(), SQLITE_TRANSIENT,
                             SQLITE_UTF8);
}

Code to_code(int code, int extended) {
  switch (code) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Code::kCorrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Code::kBusy;
    case SQLITE_CONSTRAINT:
      return extended == SQLITE_CONSTRAINT_UNIQUE ? Code::kConflict : Code::kInternal;
    case SQLITE_NOMEM:
      return Code::kOutOfMemory;
    case SQLITE_TOOBIG:
      return Code::kTooLarge;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return Code::kIo;
    default:
      return Code::kInternal;
  }
}

class SqliteRow : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
  [[nodiscard]] int64_t number(int column) const override { return sqlite3_column_int64(statement_, column); }
  [[nodiscard]] std::string text(int column) const override {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    if (bytes == nullptr) return "";
    return std::string(bytes, static_cast<size_t>(sqlite3_column_bytes(statement_, column)));
  }
  [[nodiscard]] bool is_null(int column) const override {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }

 private:
  sqlite3_stmt* statement_;
};

}  // namespace

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open(const std::string& path, Mode mode) {
  sqlite3* handle = nullptr;
  const int access =
      mode == Mode::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = sqlite3_open_v2(path.c_str(), &handle, access | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<SqliteDatabase> made(new SqliteDatabase(handle, path));
  if (code != SQLITE_OK) return made->error(code);
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyMs);
  return made;
}

SqliteDatabase::~SqliteDatabase() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

Error SqliteDatabase::error(int code) const {
  const int plain = code & 0xFF;
  const std::string text = handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_);
  if (plain == SQLITE_FULL)
    return {Code::kIo, "the disk is full: conversations cannot be written to " + path_};
  if (plain == SQLITE_READONLY || plain == SQLITE_CANTOPEN || plain == SQLITE_PERM) {
    return {Code::kIo, "conversations cannot be written to " + path_ + " (" + text +
                           "): the folder and its files must belong to the user that runs Samovar and not be "
                           "mounted read-only; SAMOVAR_DATA names another, SAMOVAR_STATELESS=1 needs none"};
  }
  return {to_code(plain, code), "conversations in " + path_ + ": " + text};
}

Result<sqlite3_stmt*> SqliteDatabase::prepare(std::string_view sql) {
  if (const auto found = statements_.find(sql); found != statements_.end()) return found->second;
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return error(code);
  statements_.emplace(sqlite3_sql(statement), statement);
  return statement;
}

Result<void> SqliteDatabase::run_values(std::string_view sql, std::span<const Value> values,
                                        const OnRow& on_row) {
  const Result<sqlite3_stmt*> prepared = prepare(sql);
  if (!prepared) return prepared.error();
  sqlite3_stmt* const statement = *prepared;
  int code = SQLITE_OK;
  int index = 0;
  for (const Value& value : values) {
    if (code == SQLITE_OK) code = bind_value(statement, ++index, value);
  }
  if (code == SQLITE_OK) {
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
      if (on_row) on_row(SqliteRow(statement));
    }
  }
  Result<void> result;
  if (code != SQLITE_DONE) result = error(code);
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  return result;
}

Result<void> SqliteDatabase::run_script(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(code);
  return {};
}

int64_t SqliteDatabase::n_changed() const { return sqlite3_changes64(handle_); }

}  // namespace samovar::history
