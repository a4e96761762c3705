#include "history/tables.h"

#include <map>

#include "history/words.h"

namespace samovar::history {
namespace {

// Names come from the schema, never from outside; quoted because some are words of SQL.
std::string quote_name(const std::string& name) { return "\"" + name + "\""; }

std::string join_columns(const Table& table) {
  std::string out;
  for (const Column& column : table.columns) out += (out.empty() ? "" : ", ") + quote_name(column.name);
  return out;
}

std::string select_all(const Table& table) {
  return "SELECT " + join_columns(table) + " FROM " + quote_name(table.name);
}

std::string insert_row(const Table& table) {
  std::string marks;
  for (size_t i = 0; i < table.columns.size(); ++i) marks += i == 0 ? "?" : ",?";
  return "INSERT INTO " + quote_name(table.name) + "(" + join_columns(table) + ") VALUES (" + marks + ")";
}

// FNV-1a, with a mark between columns.
uint64_t digest_row(const Table& table, const Row& row) {
  uint64_t hash = 14695981039346656037ULL;
  const auto add = [&](std::string_view bytes) {
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  };
  for (int i = 0; i < static_cast<int>(table.columns.size()); ++i) {
    add(row.is_null(i) ? "n" : "v");
    add(row.text(i));
    add("\x1f");
  }
  return hash;
}

// How to find the text of a table's rows that is looked for.
struct Searched {
  const char* column;
  const char* insert;
};

const Searched* find_searched(const std::string& table) {
  static const std::map<std::string, Searched> kAll = {
      {"chats", {"title", "INSERT INTO title_words(chat, text) VALUES (?, ?)"}},
      {"messages", {"content", "INSERT INTO message_words(message, text) VALUES (?, ?)"}}};
  const auto found = kAll.find(table);
  return found == kAll.end() ? nullptr : &found->second;
}

int find_column(const Table& table, std::string_view name) {
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

Result<void> index_row(Database& into, const Table& table, const Row& row) {
  const Searched* searched = find_searched(table.name);
  if (searched == nullptr) return {};
  if (const int state = find_column(table, "state"); state >= 0 && row.text(state) == "streaming") return {};
  const std::string words = fold_utf8(row.text(find_column(table, searched->column)));
  return into.run(searched->insert, {row.number(find_column(table, "key")), std::string_view(words)});
}

Result<void> copy_row(Database& into, const Table& table, const std::string& insert, const Row& row) {
  std::vector<std::string> texts(table.columns.size());
  std::vector<Value> values;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const int column = static_cast<int>(i);
    if (row.is_null(column)) {
      values.emplace_back(std::monostate());
    } else if (table.columns[i].is_number) {
      values.emplace_back(row.number(column));
    } else {
      texts[i] = row.text(column);
      values.emplace_back(std::string_view(texts[i]));
    }
  }
  if (const auto put = into.run_values(insert, values, {}); !put) return put.error();
  return into.dialect() == Dialect::kPostgres ? index_row(into, table, row) : Result<void>();
}

// The next key that PostgreSQL gives is behind those that were copied.
Result<void> set_counter(Database& into, const Table& table) {
  const int key = find_column(table, "key");
  if (into.dialect() != Dialect::kPostgres || key < 0 || !table.columns[static_cast<size_t>(key)].is_number)
    return {};
  return into.run_script("SELECT setval(pg_get_serial_sequence('" + table.name +
                         "', 'key'), greatest((SELECT max(key) FROM " + quote_name(table.name) + "), 1))");
}

}  // namespace

Result<std::vector<Table>> list_tables(Database& sqlite) {
  std::vector<Table> tables;
  auto read = sqlite.run(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
      " AND name NOT LIKE 'title\\_words%' ESCAPE '\\' AND name NOT LIKE 'message\\_words%' ESCAPE '\\'"
      " ORDER BY rowid",
      {}, [&](const Row& row) { tables.push_back({row.text(0), {}}); });
  for (Table& table : tables) {
    if (!read) break;
    read = sqlite.run("SELECT name, type, pk FROM pragma_table_info(?)", {table.name}, [&](const Row& row) {
      table.columns.push_back({row.text(0), row.text(1) == "INTEGER", row.number(2) != 0});
    });
  }
  if (!read) return read.error();
  return tables;
}

Result<TableCounts> count_rows(Database& database, const std::vector<Table>& tables) {
  TableCounts counts;
  for (const Table& table : tables) {
    const auto read = database.run("SELECT count(*) FROM " + quote_name(table.name), {},
                                   [&](const Row& row) { counts.emplace_back(table.name, row.number(0)); });
    if (!read) return read.error();
  }
  return counts;
}

Result<void> copy_tables(Database& from, Database& into, const std::vector<Table>& tables) {
  for (const Table& table : tables) {
    const std::string insert = insert_row(table);
    Result<void> copied;
    const auto read = from.run(select_all(table), {}, [&](const Row& row) {
      if (copied) copied = copy_row(into, table, insert, row);
    });
    if (!read) return read.error();
    if (copied) copied = set_counter(into, table);
    if (!copied) return copied.error();
  }
  return {};
}

Result<uint64_t> digest_table(Database& database, const Table& table) {
  uint64_t sum = 0;
  const auto read =
      database.run(select_all(table), {}, [&](const Row& row) { sum += digest_row(table, row); });
  if (!read) return read.error();
  return sum;
}

}  // namespace samovar::history
