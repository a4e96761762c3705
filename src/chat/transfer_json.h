// Conversations as files: this program's export (JSON), Markdown, and what is read of other programs'
// exports. Pure, but for read_whole().
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "history/store.h"

namespace samovar::chat {

struct WholeConversation {
  history::Chat chat;
  std::vector<history::Message> messages;  // in the order of making; attachments with their texts
};

[[nodiscard]] Result<WholeConversation> read_whole(history::Store& store, const history::Chat& chat);

// `{"format":"samovar-conversations",...,"chats":[` ... `]}`: the parts, so that a large export needs no
// second copy.
[[nodiscard]] std::string encode_export_head(int64_t now_ms);
[[nodiscard]] std::string encode_export_chat(const WholeConversation& whole);
[[nodiscard]] std::string encode_export_tail();

// The version shown, with a heading for each speaker.
[[nodiscard]] std::string encode_markdown(const history::Chat& chat,
                                          const std::vector<history::Message>& path);

// What was left out: a conversation, or a file of one.
struct SkippedChat {
  std::string title;  // "#3": the third of the file, which has none
  std::string code;   // "empty", "too-long", "here", "no-chat", "no-file"
  std::string why;
  std::string file;  // its name; "": the whole conversation
};
struct ParsedImport {
  std::string format;  // "samovar", "open-webui", "chainlit"
  std::vector<WholeConversation> conversations;
  std::vector<SkippedChat> skipped;
};

// kInvalidArgument when it is none of these formats; single conversations that make no sense are skipped.
[[nodiscard]] Result<ParsedImport> parse_import(std::string_view json);

}  // namespace samovar::chat
