#include "chat/records_json.h"
#include "chat/transfer_json.h"
#include "wire/json_writer.h"

namespace samovar::chat {
namespace {

// As the API shows it, with the texts of the files.
std::string encode_whole_message(const history::Message& message) {
  std::string json = encode_message(message);
  json.pop_back();
  std::string texts = ",\"attachment_texts\":[";
  for (size_t i = 0; i < message.attachments.size(); ++i) {
    texts += (i > 0 ? "," : "") + wire::to_json_string(message.attachments[i].text);
  }
  return json + texts + "]}";
}

}  // namespace

std::string encode_export_head(int64_t now_ms) {
  return "{\"format\":\"samovar-conversations\",\"version\":1,\"exported\":" + std::to_string(now_ms) +
         ",\"chats\":[";
}

std::string encode_export_chat(const WholeConversation& whole) {
  std::string json = encode_chat(whole.chat);
  json.pop_back();
  json += ",\"messages\":[";
  for (size_t i = 0; i < whole.messages.size(); ++i)
    json += (i > 0 ? ",\n" : "\n") + encode_whole_message(whole.messages[i]);
  return json + "]}";
}

std::string encode_export_tail() { return "]}\n"; }

std::string encode_markdown(const history::Chat& chat, const std::vector<history::Message>& path) {
  std::string out = "# " + chat.title + "\n";
  for (const history::Message& message : path) {
    const bool is_user = message.role == history::Role::kUser;
    out += is_user ? "\n## User\n\n"
                   : "\n## " +
                         (message.model.empty() ? std::string("Assistant")
                                                : "Assistant (" + message.model + ")") +
                         "\n\n";
    for (const history::Attachment& file : message.attachments) out += "*File: " + file.name + "*\n\n";
    out += message.content + (message.content.ends_with('\n') ? "" : "\n");
    if (message.state == history::MessageState::kFailed)
      out += "\n*Broke off: " + message.error_message + "*\n";
    if (message.state == history::MessageState::kStopped || message.state == history::MessageState::kCut)
      out += "\n*Cut off here.*\n";
  }
  return out;
}

}  // namespace samovar::chat
