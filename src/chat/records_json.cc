#include "chat/records_json.h"

#include <algorithm>

#include "wire/json_writer.h"

namespace samovar::chat {
namespace {

constexpr size_t kTitleBytes = 120;
constexpr size_t kTitleCharacters = 60;

}  // namespace

bool is_temporary(const std::string& chat_id) { return chat_id.starts_with("tmp-"); }

std::string encode_strings(const std::vector<std::string>& strings) {
  std::string out = "[";
  for (const std::string& text : strings) {
    if (out.size() > 1) out += ',';
    wire::append_json_string(out, text);
  }
  return out + "]";
}

std::string encode_chat(const history::Chat& chat, const std::vector<std::string>& runs) {
  std::string json;
  wire::ObjectWriter writer(json);
  writer.add("id", std::string_view(chat.id))
      .add("title", std::string_view(chat.title))
      .add("title_by", std::string_view(chat.title_by))
      .add("created", chat.created_ms)
      .add("updated", chat.updated_ms)
      .add("pinned", chat.pinned)
      .add("folder", std::string_view(chat.folder))
      .add_raw("tags", encode_strings(chat.tags))
      .add("model", std::string_view(chat.model))
      .add("profile", std::string_view(chat.profile))
      .add_raw("settings", chat.settings_json.empty() ? "{}" : chat.settings_json);
  if (chat.leaf.empty()) {
    writer.add_null("leaf");
  } else {
    writer.add("leaf", std::string_view(chat.leaf));
  }
  writer.add("shared", std::string_view(chat.share_token))
      .add("temporary", is_temporary(chat.id))
      .add_raw("runs", encode_strings(runs))
      .close();
  return json;
}

std::string encode_attachment(const history::Attachment& file) {
  std::string json;
  wire::ObjectWriter(json)
      .add("id", std::string_view(file.id))
      .add("name", std::string_view(file.name))
      .add("kind", std::string_view(file.kind))
      .add("language", std::string_view(file.language))
      .add("bytes", file.bytes)
      .add("characters", file.characters)
      .add("tokens", file.tokens)
      .close();
  return json;
}

std::string encode_message(const history::Message& message, const std::string& run) {
  std::string json;
  wire::ObjectWriter writer(json);
  writer.add("id", std::string_view(message.id));
  if (message.parent.empty()) {
    writer.add_null("parent");
  } else {
    writer.add("parent", std::string_view(message.parent));
  }
  writer.add("seq", message.seq)
      .add("role", history::to_string(message.role))
      .add("content", std::string_view(message.content))
      .add("thinking", std::string_view(message.thinking))
      .add("model", std::string_view(message.model))
      .add("state", history::to_string(message.state))
      .add("reason", std::string_view(message.reason));
  std::string error = "null";
  if (!message.error_code.empty()) {
    error.clear();
    wire::ObjectWriter(error)
        .add("code", std::string_view(message.error_code))
        .add("message", std::string_view(message.error_message))
        .close();
  }
  std::string feedback = "null";
  if (message.feedback) {
    feedback.clear();
    wire::ObjectWriter(feedback)
        .add("rating", message.feedback->rating)
        .add("comment", std::string_view(message.feedback->comment))
        .close();
  }
  std::string files = "[";
  for (const history::Attachment& file : message.attachments)
    files += (files.size() > 1 ? "," : "") + encode_attachment(file);
  writer.add_raw("error", error)
      .add_raw("stats", message.stats_json.empty() ? "null" : message.stats_json)
      .add_raw("attachments", files + "]")
      .add_raw("feedback", feedback)
      .add("created", message.created_ms)
      .add("edited", message.edited_ms)
      .add("run", std::string_view(run))
      .close();
  return json;
}

std::string make_title(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r\n#>*`");
  if (begin == std::string::npos) return "…";
  std::string line = text.substr(begin, std::min(text.find('\n', begin), text.size()) - begin);
  while (!line.empty() && (line.back() == ' ' || line.back() == '\r' || line.back() == '\t')) line.pop_back();
  size_t n_characters = 0;
  size_t end = 0;
  size_t last_blank = 0;
  while (end < line.size() && n_characters <= kTitleCharacters && end < kTitleBytes * 2) {
    if (line[end] == ' ') last_blank = end;
    ++end;
    while (end < line.size() && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) ++end;
    ++n_characters;
  }
  if (end >= line.size()) return line;
  return line.substr(0, last_blank > end / 2 ? last_blank : end) + "…";
}

}  // namespace samovar::chat
