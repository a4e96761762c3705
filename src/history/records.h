// What a store keeps: conversations, their messages, files and ratings. Plain values; times are milliseconds
// since 1970.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace samovar::history {

struct Chat {
  int64_t key = 0;  // the store's own; 0: not stored yet
  std::string owner;
  std::string id;  // unique for its owner
  std::string title;
  std::string title_by = "text";  // who made it: "text" (the first message), "user", "model"
  int64_t created_ms = 0;
  int64_t updated_ms = 0;
  bool pinned = false;
  std::string folder;
  std::vector<std::string> tags;  // without line breaks
  std::string model;
  std::string profile;
  std::string settings_json = "{}";
  std::string leaf;         // id of the last message of the version shown; "": none
  std::string share_token;  // "": not shared
  int64_t deleted_ms = 0;   // 0: it is there
};

enum class Role { kUser, kAssistant };
enum class MessageState { kStreaming, kComplete, kStopped, kFailed, kCut };

[[nodiscard]] const char* to_string(Role role);
[[nodiscard]] const char* to_string(MessageState state);

struct Attachment {
  std::string id;
  std::string owner;
  std::string name;
  std::string kind;      // "text", "markdown", "code", "csv", "json", "pdf", "docx"
  std::string language;  // of code
  int64_t bytes = 0;     // of the file
  int64_t characters = 0;
  int64_t tokens = 0;  // an estimate
  std::string text;    // UTF-8; left out where it says so
  int64_t created_ms = 0;
};

struct Feedback {
  int64_t rating = 0;  // 1 or -1
  std::string comment;
  int64_t created_ms = 0;
};

struct Message {
  int64_t key = 0;  // the store's own; 0: not stored yet
  int64_t chat = 0;
  std::string id;      // unique in its chat
  std::string parent;  // "": the beginning of a conversation
  int64_t seq = 0;     // order of making in the chat, from 1
  Role role = Role::kUser;
  std::string content;
  std::string thinking;
  std::string model;
  MessageState state = MessageState::kComplete;
  std::string reason;  // of the end: "stop", "length"
  std::string error_code;
  std::string error_message;
  std::string stats_json;  // "": none
  std::vector<Attachment> attachments;
  std::optional<Feedback> feedback;
  int64_t created_ms = 0;
  int64_t edited_ms = 0;
};

struct ChatQuery {
  std::string owner;
  std::optional<std::string> folder;
  std::optional<std::string> tag;
  std::string cursor;  // ChatPage::next of the page before
  int64_t limit = 200;
};

struct ChatPage {
  std::vector<Chat> chats;
  std::string next;  // "": that was the last
};

struct Labels {  // of all chats of an owner
  std::vector<std::string> folders;
  std::vector<std::string> tags;
  int64_t n_chats = 0;
};

struct SearchHit {
  std::string chat;
  std::string title;
  std::string message;  // "": the title was found
  Role role = Role::kUser;
  std::string text;  // of the whole message or title
  int64_t created_ms = 0;
};

struct RatedAnswer {
  int64_t key = 0;  // of the message
  Chat chat;
  Message answer;  // with its feedback
};

struct OwnerFigures {
  std::string owner;
  int64_t n_chats = 0;  // deleted ones too
  int64_t n_messages = 0;
  int64_t n_files = 0;
  int64_t last_ms = 0;  // of the newest change; 0: none
};

struct Figures {
  int64_t n_chats = 0;
  int64_t n_messages = 0;
  int64_t bytes = 0;
};

}  // namespace samovar::history
