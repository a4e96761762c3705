// What the readers of conversations' files share: members of JSON objects, and putting a conversation
// together whose file may say anything.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "chat/transfer_json.h"

namespace samovar::chat {

using ImportJson = nlohmann::json;

// "" and 0 where the member is missing or of another kind.
[[nodiscard]] std::string text_at(const ImportJson& object, const char* name);
[[nodiscard]] int64_t number_at(const ImportJson& object, const char* name);
// Seconds, milliseconds or ISO 8601 in milliseconds since 1970.
[[nodiscard]] int64_t time_at(const ImportJson& object, const char* name);
// An empty object, or array, where the member is missing or of another kind.
[[nodiscard]] const ImportJson& object_at(const ImportJson& object, const char* name);
[[nodiscard]] const ImportJson& list_at(const ImportJson& object, const char* name);

// Foreign ids may have other letters: they are made anew then, the same one always the same.
class ForeignIds {
 public:
  std::string take(const std::string& foreign);

 private:
  std::map<std::string, std::string> known_;
};

// Adds the conversation with its messages in an order that can be stored and `leaf` as the version shown, or
// the reason why not to `import.skipped`.
void finish(WholeConversation& whole, const std::string& leaf, ParsedImport& import);

void read_open_webui_chat(const ImportJson& object, ParsedImport& import);
void read_chainlit_thread(const ImportJson& object, ParsedImport& import);

}  // namespace samovar::chat
