// A connection to PostgreSQL. One that is lost is made again by the next statement outside a transaction; no
// statement waits longer than a time limit for the server, so that a server that hangs is an error too.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "history/database.h"

struct pg_conn;
struct pg_result;

namespace samovar::history {

struct PostgresOptions {
  std::string url;            // postgresql://USER:PASSWORD@HOST:PORT/NAME?option=value, or libpq's key=value
  int64_t server_number = 0;  // whose lock is held while connected (server_number.h); 0: none
  bool read_only = false;  // nothing can be changed; what fails because the connection was lost is read again
  std::chrono::milliseconds statement_limit{30'000};
};

// The address without its password and options, for people. kInvalidArgument when it is none; the message
// repeats nothing of it.
[[nodiscard]] Result<std::string> describe_postgres(const std::string& url);

class PostgresDatabase : public Database {
 public:
  // Connects. kInvalidArgument: the address is none, or the database is of no use (not UTF-8); kUnauthorized:
  // refused for its user or password, kNotFound: there is no such database, kIo: nobody answers.
  [[nodiscard]] static Result<std::unique_ptr<PostgresDatabase>> open(PostgresOptions options);
  ~PostgresDatabase() override;
  PostgresDatabase(const PostgresDatabase&) = delete;
  PostgresDatabase& operator=(const PostgresDatabase&) = delete;

  [[nodiscard]] Dialect dialect() const override { return Dialect::kPostgres; }
  [[nodiscard]] const std::string& place() const override { return place_; }
  Result<void> run_values(std::string_view sql, std::span<const Value> values, const OnRow& on_row) override;
  Result<void> run_script(const std::string& sql) override;
  [[nodiscard]] int64_t n_changed() const override { return n_changed_; }
  Result<void> begin() override;
  // When the connection is lost in this moment, the server is asked whether it did commit.
  Result<void> commit() override;
  Result<void> roll_back() override;
  // Waits for words of channels that this connection LISTENs to, or until `wake` can be read: then there are
  // none.
  [[nodiscard]] Result<std::vector<std::string>> wait_for_notices(int wake);
  // A transaction that sees the database as it is now, and changes nothing.
  Result<void> begin_snapshot();

 private:
  using Clock = std::chrono::steady_clock;
  PostgresDatabase(PostgresOptions options, std::string place)
      : options_(std::move(options)), place_(std::move(place)), limit_(options_.statement_limit) {}

  Result<void> connect();
  Result<void> check_connection();
  Result<void> ensure_connected();
  [[nodiscard]] bool is_connected() const;
  void disconnect();
  Result<void> run_prepared(std::string_view sql, std::span<const Value> values, const OnRow& on_row);
  Result<std::string> prepare(std::string_view sql, std::span<const Value> values);
  Result<void> take_results(const OnRow& on_row);
  Result<bool> wait_for_result(Clock::time_point until);
  Result<void> run_simple(const std::string& sql, const OnRow& on_row = {});
  Result<void> settle_commit(const std::string& transaction, const Error& lost);
  [[nodiscard]] Error lost_error() const;

  const PostgresOptions options_;
  const std::string place_;
  pg_conn* connection_ = nullptr;
  std::unordered_map<std::string, std::string> prepared_;  // SQL -> name on this connection
  int64_t n_changed_ = 0;
  bool in_transaction_ = false;
  std::chrono::milliseconds limit_;  // for the server's next word
  Clock::time_point next_try_{};     // to connect
};

}  // namespace samovar::history
