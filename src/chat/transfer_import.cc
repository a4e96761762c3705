// This program's own exports, and telling the formats apart.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "chat/identity.h"
#include "chat/run_settings.h"
#include "chat/transfer_reading.h"
#include "wire/json_depth.h"

namespace samovar::chat {
namespace {

using history::Message;
using history::MessageState;
using history::Role;

MessageState state_at(const ImportJson& object) {
  const std::string name = text_at(object, "state");
  for (const MessageState state : {MessageState::kStopped, MessageState::kFailed, MessageState::kCut}) {
    if (name == history::to_string(state)) return state;
  }
  return name == "streaming" ? MessageState::kCut : MessageState::kComplete;
}

void read_own_files(const ImportJson& object, Message& message) {
  const ImportJson files = object.value("attachments", ImportJson::array());
  const ImportJson texts = object.value("attachment_texts", ImportJson::array());
  if (!files.is_array() || !texts.is_array()) return;
  for (size_t i = 0; i < std::min(files.size(), texts.size()); ++i) {
    if (!files[i].is_object() || !texts[i].is_string()) continue;
    history::Attachment file;
    file.id = "f-" + make_random_id(8);
    file.name = text_at(files[i], "name");
    file.kind = text_at(files[i], "kind");
    file.language = text_at(files[i], "language");
    file.bytes = number_at(files[i], "bytes");
    file.characters = number_at(files[i], "characters");
    file.tokens = number_at(files[i], "tokens");
    file.text = texts[i].get<std::string>();
    message.attachments.push_back(std::move(file));
  }
}

void read_own_chat(const ImportJson& object, ParsedImport& import) {
  WholeConversation whole;
  history::Chat& chat = whole.chat;
  chat.id = text_at(object, "id");
  chat.title = text_at(object, "title");
  chat.title_by = text_at(object, "title_by") == "user" ? "user" : "text";
  chat.created_ms = number_at(object, "created");
  chat.updated_ms = number_at(object, "updated");
  chat.pinned = object.value("pinned", ImportJson()) == true;
  chat.folder = text_at(object, "folder");
  chat.model = text_at(object, "model");
  chat.profile = text_at(object, "profile");
  if (const ImportJson settings = object.value("settings", ImportJson()); settings.is_object()) {
    // Checked like anybody's: what is out of bounds here is left out.
    auto checked =
        merge_settings("{}", settings.dump(-1, ' ', false, ImportJson::error_handler_t::replace), Limits());
    if (checked) chat.settings_json = *std::move(checked);
  }
  for (const ImportJson& tag : object.value("tags", ImportJson::array())) {
    if (tag.is_string() && tag.get_ref<const std::string&>().find('\n') == std::string::npos)
      chat.tags.push_back(tag.get<std::string>());
  }
  ForeignIds ids;
  for (const ImportJson& item : object.value("messages", ImportJson::array())) {
    if (!item.is_object()) continue;
    Message message;
    message.id = ids.take(text_at(item, "id"));
    if (message.id.empty()) message.id = "m-" + make_random_id(8);
    message.parent = ids.take(text_at(item, "parent"));
    message.role = text_at(item, "role") == "user" ? Role::kUser : Role::kAssistant;
    message.content = text_at(item, "content");
    message.thinking = text_at(item, "thinking");
    message.model = text_at(item, "model");
    message.reason = text_at(item, "reason");
    message.state = state_at(item);
    message.created_ms = number_at(item, "created");
    message.edited_ms = number_at(item, "edited");
    if (const ImportJson stats = item.value("stats", ImportJson()); stats.is_object()) {
      message.stats_json = stats.dump(-1, ' ', false, ImportJson::error_handler_t::replace);
    }
    if (const ImportJson rated = item.value("feedback", ImportJson()); rated.is_object()) {
      const int64_t rating = number_at(rated, "rating");
      if (rating == 1 || rating == -1)
        message.feedback = history::Feedback{rating, text_at(rated, "comment"), message.created_ms};
    }
    read_own_files(item, message);
    whole.messages.push_back(std::move(message));
  }
  finish(whole, ids.take(text_at(object, "leaf")), import);
}

template <typename ReadOne>
void read_each(const ImportJson& list, ParsedImport& import, ReadOne read_one) {
  size_t number = 0;
  for (const ImportJson& item : list) {
    ++number;
    if (item.is_object()) {
      read_one(item, import);
    } else {
      import.skipped.push_back({"#" + std::to_string(number), "no-chat", "it is no object", ""});
    }
  }
}

// Where in the file it stops being JSON.
Error explain_no_json(std::string_view text) {
  if (wire::nests_deeper_than(text, wire::kMaxJsonDepth))
    return {Code::kInvalidArgument, "the file is not JSON that can be read: it nests more than " +
                                        std::to_string(wire::kMaxJsonDepth) + " deep"};
  if (text.empty()) return {Code::kInvalidArgument, "the file is empty"};
  size_t at = text.size();
  try {
    [[maybe_unused]] const ImportJson whole = ImportJson::parse(text);
  } catch (const ImportJson::parse_error& error) {
    at = std::clamp<size_t>(error.byte, 1, text.size() + 1) - 1;
  }
  const std::string_view before = text.substr(0, std::min(at, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t line_begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return {Code::kInvalidArgument, "the file is not JSON: line " + std::to_string(line) + ", column " +
                                      std::to_string(at - line_begin + 1) +
                                      (at >= text.size() ? ": it ends too early" : "")};
}

}  // namespace

Result<ParsedImport> parse_import(std::string_view json) {
  const auto root = wire::parse_json_value<ImportJson>(json);
  if (root.is_discarded()) return explain_no_json(json);
  ParsedImport import;
  if (root.is_object() && text_at(root, "format") == "samovar-conversations") {
    if (number_at(root, "version") != 1) return Error{Code::kUnsupported, "the export is a newer Samovar's"};
    import.format = "samovar";
    read_each(root.value("chats", ImportJson::array()), import, read_own_chat);
    return import;
  }
  ImportJson list = root;
  for (const char* name : {"threads", "data", "chats"}) {
    if (root.is_object() && root.contains(name) && root[name].is_array()) list = root[name];
  }
  if (list.is_object()) list = ImportJson::array({list});
  const auto has = [&](const char* name) {
    return std::any_of(list.begin(), list.end(),
                       [&](const ImportJson& item) { return item.is_object() && item.contains(name); });
  };
  if (has("chat")) {
    import.format = "open-webui";
    read_each(list, import, read_open_webui_chat);
  } else if (has("steps")) {
    import.format = "chainlit";
    read_each(list, import, read_chainlit_thread);
  } else {
    return Error{Code::kInvalidArgument, "the file is no export of Samovar, Open WebUI or Chainlit"};
  }
  return import;
}

}  // namespace samovar::chat
