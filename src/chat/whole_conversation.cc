#include "chat/transfer_json.h"

namespace samovar::chat {
namespace {

using history::Message;
using history::Store;

Result<void> add_texts(Store& store, const std::string& owner, std::vector<Message>& messages) {
  for (Message& message : messages) {
    for (history::Attachment& file : message.attachments) {
      Result<std::optional<history::Attachment>> whole = store.find_attachment(owner, file.id);
      if (!whole) return whole.error();
      if (*whole) file.text = std::move((*whole)->text);
    }
  }
  return {};
}

}  // namespace

Result<WholeConversation> read_whole(Store& store, const history::Chat& chat) {
  Result<std::vector<Message>> messages = store.list_messages(chat.key, INT64_MAX, INT64_MAX);
  if (!messages) return messages.error();
  if (const auto added = add_texts(store, chat.owner, *messages); !added) return added.error();
  return WholeConversation{chat, *std::move(messages)};
}

}  // namespace samovar::chat
