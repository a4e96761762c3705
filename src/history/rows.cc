#include "history/rows.h"

#include <algorithm>

namespace samovar::history {
namespace {

MessageState parse_state(const std::string& text) {
  for (const MessageState state :
       {MessageState::kStreaming, MessageState::kStopped, MessageState::kFailed, MessageState::kCut}) {
    if (text == to_string(state)) return state;
  }
  return MessageState::kComplete;
}

}  // namespace

std::string join_lines(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += (out.empty() ? "" : "\n") + line;
  return out;
}

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

Chat read_chat_row(const Row& row) {
  Chat chat;
  chat.key = row.number(0);
  chat.owner = row.text(1);
  chat.id = row.text(2);
  chat.title = row.text(3);
  chat.title_by = row.text(4);
  chat.created_ms = row.number(5);
  chat.updated_ms = row.number(6);
  chat.pinned = row.number(7) != 0;
  chat.folder = row.text(8);
  chat.tags = split_lines(row.text(9));
  chat.model = row.text(10);
  chat.profile = row.text(11);
  chat.settings_json = row.text(12);
  chat.leaf = row.text(13);
  chat.share_token = row.text(14);
  chat.deleted_ms = row.number(15);
  return chat;
}

Message read_message_row(const Row& row, int from) {
  Message message;
  message.key = row.number(from);
  message.chat = row.number(from + 1);
  message.id = row.text(from + 2);
  message.parent = row.text(from + 3);
  message.seq = row.number(from + 4);
  message.role = row.text(from + 5) == "user" ? Role::kUser : Role::kAssistant;
  message.content = row.text(from + 6);
  message.thinking = row.text(from + 7);
  message.model = row.text(from + 8);
  message.state = parse_state(row.text(from + 9));
  message.reason = row.text(from + 10);
  message.error_code = row.text(from + 11);
  message.error_message = row.text(from + 12);
  message.stats_json = row.text(from + 13);
  message.created_ms = row.number(from + 14);
  message.edited_ms = row.number(from + 15);
  if (!row.is_null(from + 16))
    message.feedback = Feedback{row.number(from + 16), row.text(from + 17), row.number(from + 18)};
  return message;
}

Attachment read_attachment_row(const Row& row, int from) {
  Attachment file;
  file.id = row.text(from);
  file.owner = row.text(from + 1);
  file.name = row.text(from + 2);
  file.kind = row.text(from + 3);
  file.language = row.text(from + 4);
  file.bytes = row.number(from + 5);
  file.characters = row.number(from + 6);
  file.tokens = row.number(from + 7);
  file.created_ms = row.number(from + 8);
  return file;
}

}  // namespace samovar::history
