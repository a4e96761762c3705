#include "history/postgres_database.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <thread>

#include "history/postgres_sql.h"
#include "history/server_number.h"

namespace samovar::history {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Oid kInt8 = 20;
constexpr Oid kText = 25;
constexpr auto kScriptLimit = std::chrono::hours(1);  // an index is made of a large table
constexpr auto kTryAgainAfter = seconds(1);           // many may ask at once; each try may take seconds
constexpr auto kSettleLimit = seconds(5);             // for finding out whether a transaction was committed

struct ResultDeleter {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultHandle = std::unique_ptr<PGresult, ResultDeleter>;

class PostgresRow : public Row {
 public:
  explicit PostgresRow(const PGresult* result) : result_(result) {}
  [[nodiscard]] int64_t number(int column) const override {
    const char* const text = PQgetvalue(result_, 0, column);
    if (std::strcmp(text, "t") == 0) return 1;
    int64_t value = 0;
    std::from_chars(text, text + PQgetlength(result_, 0, column), value);
    return value;
  }
  [[nodiscard]] std::string text(int column) const override {
    return {PQgetvalue(result_, 0, column), static_cast<size_t>(PQgetlength(result_, 0, column))};
  }
  [[nodiscard]] bool is_null(int column) const override { return PQgetisnull(result_, 0, column) != 0; }

 private:
  const PGresult* result_;
};

std::string first_line(const char* text) {
  std::string line(text == nullptr ? "" : text);
  line.resize(std::min(line.find('\n'), line.size()));
  return line;
}

Code code_of_state(std::string_view state) {
  if (state == "23505") return Code::kConflict;
  if (state == "40P01" || state == "40001" || state == "55P03") return Code::kBusy;  // deadlock and its like
  if (state == "54000") return Code::kTooLarge;
  // Connection, resources (a full disk, too many connections), an administrator, a read-only server.
  for (const std::string_view kind : {"08", "53", "57", "58", "25"}) {
    if (state.starts_with(kind)) return Code::kIo;
  }
  return Code::kInternal;
}

Error error_of(const PGresult* result, const std::string& place) {
  const char* const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* const message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const std::string_view code = state == nullptr ? "" : state;
  const std::string text = message == nullptr ? "no reason given" : message;
  if (code == "53100")
    return {Code::kIo, "the disk of the database is full: conversations cannot be written to " + place};
  if (code == "25006")
    return {Code::kIo, place + " may only be read (it is a standby): conversations cannot be written"};
  return {code_of_state(code), "conversations in " + place + ": " + text};
}

// Parts of an address, as libpq understands it.
class ParsedUrl {
 public:
  explicit ParsedUrl(const std::string& url) : options_(PQconninfoParse(url.c_str(), nullptr)) {}
  ~ParsedUrl() { PQconninfoFree(options_); }
  ParsedUrl(const ParsedUrl&) = delete;
  ParsedUrl& operator=(const ParsedUrl&) = delete;
  [[nodiscard]] bool ok() const { return options_ != nullptr; }
  [[nodiscard]] std::string get(std::string_view name) const {
    for (const PQconninfoOption* at = options_; at != nullptr && at->keyword != nullptr; ++at) {
      if (name == at->keyword) return at->val == nullptr ? "" : at->val;
    }
    return "";
  }

 private:
  PQconninfoOption* options_;
};

}  // namespace

Result<std::string> describe_postgres(const std::string& url) {
  const ParsedUrl parsed(url);
  const bool has_form = url.starts_with("postgresql://") || url.starts_with("postgres://") ||
                        url.find('=') != std::string::npos;
  const std::string user = parsed.get("user");
  const std::string port = parsed.get("port");
  const std::string name = parsed.get("dbname");
  std::string host = parsed.get("host");
  if (host.empty()) host = parsed.get("hostaddr");
  // An @ or / in a password that is not written as %40 or %2F moves parts of it into what is shown.
  const bool is_torn = host.find('@') != std::string::npos || name.find_first_of("@/") != std::string::npos ||
                       port.find_first_not_of("0123456789,") != std::string::npos;
  if (!has_form || !parsed.ok() || is_torn) {
    return Error{Code::kInvalidArgument,
                 "SAMOVAR_DATABASE: expected postgresql://USER:PASSWORD@HOST:PORT/NAME, with %40 for @ and "
                 "%2F for / in "
                 "the password"};
  }
  return "postgresql://" + (user.empty() ? "" : user + "@") + (host.empty() ? "localhost" : host) +
         (port.empty() ? "" : ":" + port) + "/" + name;
}

Result<std::unique_ptr<PostgresDatabase>> PostgresDatabase::open(PostgresOptions options) {
  Result<std::string> place = describe_postgres(options.url);
  if (!place) return place.error();
  std::unique_ptr<PostgresDatabase> made(new PostgresDatabase(std::move(options), *std::move(place)));
  if (const auto connected = made->connect(); !connected) return connected.error();
  return made;
}

PostgresDatabase::~PostgresDatabase() { disconnect(); }

void PostgresDatabase::disconnect() {
  if (connection_ != nullptr) PQfinish(connection_);
  connection_ = nullptr;
  prepared_.clear();
}

Result<void> PostgresDatabase::connect() {
  disconnect();
  // Later ones win: the address may say otherwise. A server that went without a word is noticed.
  const char* const names[] = {"connect_timeout",
                               "tcp_user_timeout",
                               "keepalives_idle",
                               "keepalives_interval",
                               "keepalives_count",
                               "application_name",
                               "dbname",
                               "client_encoding",
                               nullptr};
  const char* const values[] = {"5",    "20000", "15", "5", "3", "samovar", options_.url.c_str(),
                                "UTF8", nullptr};
  connection_ = PQconnectdbParams(names, values, 1);
  if (connection_ == nullptr) return Error{Code::kOutOfMemory, "no memory for a connection to " + place_};
  if (PQstatus(connection_) == CONNECTION_OK) return check_connection();
  const std::string why = first_line(PQerrorMessage(connection_));
  disconnect();
  // libpq tells only in words what was refused.
  const auto says = [&](std::string_view words) { return why.find(words) != std::string::npos; };
  if (says("authentication") || says("no password supplied") || says("pg_hba.conf") || says("role \""))
    return Error{Code::kUnauthorized,
                 place_ + " refuses the user or the password in SAMOVAR_DATABASE: " + why};
  if (says("database \"") && says("does not exist")) {
    return Error{Code::kNotFound,
                 why + ": make it with 'createdb', or correct SAMOVAR_DATABASE (" + place_ + ")"};
  }
  return Error{Code::kIo, "the database " + place_ + " cannot be reached: " + why};
}

Result<void> PostgresDatabase::check_connection() {
  if (std::string_view(PQparameterStatus(connection_, "server_encoding")) != "UTF8") {
    return Error{Code::kInvalidArgument, place_ + " keeps texts as " +
                                             PQparameterStatus(connection_, "server_encoding") +
                                             ": a database in UTF8 is needed (createdb --encoding=UTF8)"};
  }
  std::string start =
      "SET standard_conforming_strings = on; SET lock_timeout = '20s'; SET client_min_messages = warning;";
  if (options_.read_only) start += "SET default_transaction_read_only = on;";
  if (options_.server_number > 0) {
    start += "SELECT pg_advisory_lock_shared(" + std::to_string(kServerLock) + "," +
             std::to_string(options_.server_number) + ");";
  }
  return run_simple(start);
}

Error PostgresDatabase::lost_error() const {
  const std::string why = connection_ == nullptr ? "" : first_line(PQerrorMessage(connection_));
  return {Code::kIo, "the database " + place_ + " is gone" + (why.empty() ? "" : ": " + why)};
}

// A transaction whose connection is lost fails as a whole.
Result<void> PostgresDatabase::ensure_connected() {
  if (is_connected()) return {};
  if (in_transaction_) return lost_error();
  if (Clock::now() < next_try_) return Error{Code::kIo, "the database " + place_ + " cannot be reached"};
  auto connected = connect();
  if (!connected) next_try_ = Clock::now() + kTryAgainAfter;
  return connected;
}

bool PostgresDatabase::is_connected() const {
  return connection_ != nullptr && PQstatus(connection_) == CONNECTION_OK;
}

// False: nothing more comes. The server is given until `until`.
Result<bool> PostgresDatabase::wait_for_result(Clock::time_point until) {
  for (;;) {
    const int flushed = PQflush(connection_);
    if (flushed < 0) return lost_error();
    if (flushed == 0 && PQisBusy(connection_) == 0) return true;
    const auto left = std::chrono::duration_cast<milliseconds>(until - Clock::now()).count();
    pollfd waiting = {PQsocket(connection_), static_cast<short>(POLLIN | (flushed > 0 ? POLLOUT : 0)), 0};
    const int ready = left <= 0 ? 0 : ::poll(&waiting, 1, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      disconnect();
      return Error{Code::kIo, "the database " + place_ + " did not answer for " +
                                  std::to_string(std::chrono::duration_cast<seconds>(limit_).count()) + " s"};
    }
    if ((waiting.revents & (POLLIN | POLLERR | POLLHUP)) != 0 && PQconsumeInput(connection_) == 0)
      return lost_error();
  }
}

Result<void> PostgresDatabase::take_results(const OnRow& on_row) {
  std::optional<Error> failed;
  for (;;) {
    if (const auto waited = wait_for_result(Clock::now() + limit_); !waited) return waited.error();
    const ResultHandle result(PQgetResult(connection_));
    if (!result) break;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_SINGLE_TUPLE) {
      if (on_row) on_row(PostgresRow(result.get()));
    } else if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
      const std::string_view changed = PQcmdTuples(result.get());
      n_changed_ = 0;
      std::from_chars(changed.data(), changed.data() + changed.size(), n_changed_);
    } else if (!failed) {
      failed = error_of(result.get(), place_);
    }
    if (PQstatus(connection_) != CONNECTION_OK) return failed ? *failed : lost_error();
  }
  if (failed) return *failed;
  return {};
}

Result<void> PostgresDatabase::run_simple(const std::string& sql, const OnRow& on_row) {
  if (PQsendQuery(connection_, sql.c_str()) == 0) return lost_error();
  if (on_row) PQsetSingleRowMode(connection_);
  return take_results(on_row);
}

Result<void> PostgresDatabase::run_script(const std::string& sql) {
  if (sql.empty()) return {};
  if (const auto connected = ensure_connected(); !connected) return connected.error();
  limit_ = kScriptLimit;
  auto done = run_simple(sql);
  limit_ = options_.statement_limit;
  return done;
}

Result<std::string> PostgresDatabase::prepare(std::string_view sql, std::span<const Value> values) {
  const std::string text(sql);
  if (const auto found = prepared_.find(text); found != prepared_.end()) return found->second;
  std::vector<Oid> types;
  for (const Value& value : values) {
    types.push_back(std::holds_alternative<int64_t>(value)            ? kInt8
                    : std::holds_alternative<std::string_view>(value) ? kText
                                                                      : 0);
  }
  const std::string name = "s" + std::to_string(prepared_.size());
  if (PQsendPrepare(connection_, name.c_str(), number_marks(sql).c_str(), static_cast<int>(types.size()),
                    types.data()) == 0) {
    return lost_error();
  }
  if (const auto done = take_results({}); !done) return done.error();
  prepared_.emplace(text, name);
  return name;
}

Result<void> PostgresDatabase::run_values(std::string_view sql, std::span<const Value> values,
                                          const OnRow& on_row) {
  bool has_rows = false;
  const auto note_row = [&](const Row& row) {
    has_rows = true;
    if (on_row) on_row(row);
  };
  const bool was_connected = is_connected();
  auto done = run_prepared(sql, values, note_row);
  // The connection was lost while nobody used it: reading once more does no harm.
  if (!done && options_.read_only && was_connected && !has_rows && !in_transaction_ && !is_connected())
    done = run_prepared(sql, values, note_row);
  return done;
}

Result<void> PostgresDatabase::run_prepared(std::string_view sql, std::span<const Value> values,
                                            const OnRow& on_row) {
  if (const auto connected = ensure_connected(); !connected) return connected.error();
  const Result<std::string> name = prepare(sql, values);
  if (!name) return name.error();
  std::vector<std::string> texts;
  std::vector<const char*> pointers;
  texts.reserve(values.size());
  for (const Value& value : values) {
    const auto* number = std::get_if<int64_t>(&value);
    const auto* text = std::get_if<std::string_view>(&value);
    texts.push_back(number != nullptr ? std::to_string(*number) : text != nullptr ? clean_text(*text) : "");
    pointers.push_back(number == nullptr && text == nullptr ? nullptr : texts.back().c_str());
  }
  if (PQsendQueryPrepared(connection_, name->c_str(), static_cast<int>(values.size()), pointers.data(),
                          nullptr, nullptr, 0) == 0) {
    return lost_error();
  }
  // Row by row: a table that is copied does not have to fit into memory.
  PQsetSingleRowMode(connection_);
  return take_results(on_row);
}

Result<std::vector<std::string>> PostgresDatabase::wait_for_notices(int wake) {
  std::vector<std::string> words;
  while (words.empty()) {
    if (!is_connected()) return lost_error();
    pollfd waiting[] = {{PQsocket(connection_), POLLIN, 0}, {wake, POLLIN, 0}};
    if (::poll(waiting, 2, -1) < 0 && errno != EINTR) return lost_error();
    if ((waiting[1].revents & POLLIN) != 0) break;
    if (PQconsumeInput(connection_) == 0) return lost_error();
    while (PGnotify* const notice = PQnotifies(connection_)) {
      words.emplace_back(notice->extra);
      PQfreemem(notice);
    }
  }
  return words;
}

Result<void> PostgresDatabase::begin() {
  if (const auto connected = ensure_connected(); !connected) return connected.error();
  auto begun = run_simple("BEGIN");
  // The connection may have been lost since the last transaction: nothing is lost by a second try.
  if (!begun && !is_connected()) {
    if (const auto connected = connect(); !connected) return connected.error();
    begun = run_simple("BEGIN");
  }
  in_transaction_ = begun.ok();
  return begun;
}

Result<void> PostgresDatabase::begin_snapshot() {
  if (const auto connected = ensure_connected(); !connected) return connected.error();
  const auto begun = run_simple("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  in_transaction_ = begun.ok();
  return begun;
}

Result<void> PostgresDatabase::commit() {
  std::string transaction;
  Result<void> done = ensure_connected();
  if (done) {
    done = run_simple("SELECT pg_current_xact_id_if_assigned()::text",
                      [&](const Row& row) { transaction = row.text(0); });
  }
  // A COMMIT after a failure would roll back without a word.
  if (done && PQtransactionStatus(connection_) != PQTRANS_INTRANS)
    done = Error{Code::kInternal, "conversations in " + place_ + ": a transaction had failed before its end"};
  if (done) done = run_simple("COMMIT");
  const bool is_lost = !is_connected();
  if (done && PQtransactionStatus(connection_) != PQTRANS_IDLE) done = lost_error();
  in_transaction_ = false;
  if (done || !is_lost || transaction.empty()) return done;
  return settle_commit(transaction, done.error());
}

// Whether it was committed is known to the server alone; it may need a moment to come back.
Result<void> PostgresDatabase::settle_commit(const std::string& transaction, const Error& lost) {
  const auto until = Clock::now() + kSettleLimit;
  while (Clock::now() < until) {
    std::string state;
    if (connect()) {
      const auto asked = run_simple("SELECT pg_xact_status('" + transaction + "'::xid8)",
                                    [&](const Row& row) { state = row.text(0); });
      if (asked && state == "committed") return {};
      if (asked && state == "aborted") return lost;
    }
    std::this_thread::sleep_for(milliseconds(100));
  }
  return lost;
}

Result<void> PostgresDatabase::roll_back() {
  const bool was_open = std::exchange(in_transaction_, false);
  if (!was_open || !is_connected()) return {};
  return run_simple("ROLLBACK");
}

}  // namespace samovar::history
