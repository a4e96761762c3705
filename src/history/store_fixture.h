// For tests only: stores of both kinds. Those on PostgreSQL need SAMOVAR_TEST_POSTGRES, the address of a
// server's database in which databases may be made; ./test starts such a server (stage keeping).
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>

#include "history/archive.h"
#include "history/postgres_store.h"
#include "history/sql_store.h"
#include "history/test_folder.h"

namespace samovar::history {

enum class StoreKind { kSqlite, kPostgres };

inline std::string store_kind_name(const ::testing::TestParamInfo<StoreKind>& info) {
  return info.param == StoreKind::kSqlite ? "Sqlite" : "Postgres";
}

// A place for a store that goes with this.
class TestPlace {
 public:
  explicit TestPlace(StoreKind kind) {
    place_.folder = folder_.path() / "data";
    if (kind == StoreKind::kSqlite) return;
    const char* const server = std::getenv("SAMOVAR_TEST_POSTGRES");
    if (server == nullptr) {
      ADD_FAILURE() << "SAMOVAR_TEST_POSTGRES is not set";
      return;
    }
    static std::atomic<int> next{0};
    name_ = "samovar_" + std::to_string(server_number()) + "_" + std::to_string(next++);
    run_on_server("CREATE DATABASE " + name_ + " ENCODING 'UTF8' TEMPLATE template0");
    place_.url = std::string(server) + " dbname=" + name_;
  }
  ~TestPlace() {
    if (!name_.empty()) run_on_server("DROP DATABASE " + name_ + " WITH (FORCE)");
  }
  TestPlace(const TestPlace&) = delete;
  TestPlace& operator=(const TestPlace&) = delete;
  [[nodiscard]] const Place& get() const { return place_; }
  [[nodiscard]] const std::string& database() const { return name_; }

  [[nodiscard]] std::unique_ptr<SqlStore> open(int64_t server = server_number()) const {
    auto store = place_.url.empty()
                     ? SqlStore::open_in_memory()
                     : open_postgres_store({.url = place_.url, .server_number = server}, place_.folder);
    EXPECT_TRUE(store) << store.error().message;
    return store ? *std::move(store) : nullptr;
  }

  static void run_on_server(const std::string& sql) {
    auto server = PostgresDatabase::open({.url = std::getenv("SAMOVAR_TEST_POSTGRES")});
    ASSERT_TRUE(server) << server.error().message;
    const auto done = (*server)->run_script(sql);
    EXPECT_TRUE(done) << done.error().message;
  }

 private:
  const TestFolder folder_;
  Place place_;
  std::string name_;
};

}  // namespace samovar::history
