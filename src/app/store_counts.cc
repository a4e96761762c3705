#include "app/store_counts.h"

namespace samovar::app {

std::string describe_counts(const history::TableCounts& counts) {
  std::string out;
  for (const auto& [table, count] : counts) {
    const std::string word = table == "attachments" ? "files" : table == "users" ? "accounts" : table;
    if (word != "chats" && word != "messages" && word != "files" && word != "accounts") continue;
    const bool is_one = count == 1;
    out += (out.empty() ? "" : ", ") + std::to_string(count) + " " +
           (is_one ? word.substr(0, word.size() - 1) : word);
  }
  return out;
}

}  // namespace samovar::app
