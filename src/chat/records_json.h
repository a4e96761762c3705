// Chats, messages and files as docs/page-api.md lists them. Pure.
#pragma once

#include <string>
#include <vector>

#include "history/records.h"

namespace samovar::chat {

[[nodiscard]] std::string encode_chat(const history::Chat& chat, const std::vector<std::string>& runs = {});
// `run`: the one that is writing it; "".
[[nodiscard]] std::string encode_message(const history::Message& message, const std::string& run = "");
[[nodiscard]] std::string encode_attachment(const history::Attachment& file);
[[nodiscard]] std::string encode_strings(const std::vector<std::string>& strings);

// The beginning of a message as a chat's title: its first line with text, cut between words.
[[nodiscard]] std::string make_title(const std::string& text);

[[nodiscard]] bool is_temporary(const std::string& chat_id);

}  // namespace samovar::chat
