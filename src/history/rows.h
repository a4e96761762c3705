// Rows of the tables -> records. The column lists stand beside their readers.
#pragma once

#include <string>
#include <vector>

#include "history/database.h"
#include "history/records.h"

namespace samovar::history {

#define CHAT_COLUMNS                                                                                       \
  "c.key, c.owner, c.id, c.title, c.title_by, c.created, c.updated, c.pinned, c.folder, c.tags, c.model, " \
  "c.profile, c.settings, c.leaf, c.share, c.deleted"
#define MESSAGE_COLUMNS                                                                               \
  "m.key, m.chat, m.id, m.parent, m.seq, m.role, m.content, m.thinking, m.model, m.state, m.reason, " \
  "m.error_code, m.error_message, m.stats, m.created, m.edited, f.rating, f.comment, f.created, "     \
  "EXISTS (SELECT 1 FROM message_attachments a WHERE a.message = m.key)"
#define MESSAGE_TABLES "messages m LEFT JOIN feedback f ON f.message = m.key"
#define ATTACHMENT_COLUMNS \
  "a.id, a.owner, a.name, a.kind, a.language, a.bytes, a.characters, a.tokens, a.created"

inline constexpr int kNumChatColumns = 16;
inline constexpr int kAttachedColumn = 19;  // of MESSAGE_COLUMNS: whether it has files

[[nodiscard]] Chat read_chat_row(const Row& row);
[[nodiscard]] Message read_message_row(const Row& row, int from = 0);
[[nodiscard]] Attachment read_attachment_row(const Row& row, int from = 0);

[[nodiscard]] std::string join_lines(const std::vector<std::string>& lines);
[[nodiscard]] std::vector<std::string> split_lines(const std::string& text);

}  // namespace samovar::history
