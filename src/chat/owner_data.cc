#include "chat/owner_data.h"

#include "chat/records_json.h"
#include "chat/transfer_json.h"
#include "wire/json_writer.h"

namespace samovar::chat {
namespace {

constexpr int64_t kChatsAtOnce = 100;

std::string encode_account(const history::User& user) {
  std::string json;
  wire::ObjectWriter(json)
      .add("id", std::string_view(user.id))
      .add("name", std::string_view(user.name))
      .add("email", std::string_view(user.email))
      .add("external", std::string_view(user.external))
      .add("role", history::to_string(user.role))
      .add("state", history::to_string(user.state))
      .add("created", user.created_ms)
      .add("last_seen", user.last_seen_ms)
      .close();
  return json;
}

Result<std::string> encode_owner(history::Store& store, const std::string& owner) {
  std::string json = "\"owner\":" + wire::to_json_string(owner) + ",\"account\":";
  const auto user = store.accounts().find_user(owner);
  if (!user) return user.error();
  json += *user ? encode_account(**user) : "null";
  const auto files = store.list_attachments(owner);
  if (!files) return files.error();
  json += ",\"files\":[";
  for (const history::Attachment& file : *files) {
    const auto whole = store.find_attachment(owner, file.id);
    if (!whole) return whole.error();
    std::string item = encode_attachment(file);
    item.pop_back();
    json += (json.ends_with('[') ? "\n" : ",\n") + item +
            ",\"text\":" + wire::to_json_string(*whole ? (*whole)->text : "") + "}";
  }
  return json + "],";
}

}  // namespace

Result<void> export_owner(history::Store& store, const std::string& owner, int64_t now_ms,
                          const TextSink& sink) {
  // The head ends with the key of the chats; what is the owner's besides goes before it.
  std::string head = encode_export_head(now_ms);
  const Result<std::string> about = encode_owner(store, owner);
  if (!about) return about.error();
  head.insert(head.find("\"chats\""), *about);
  Result<void> written = sink(head);
  int64_t after = 0;
  for (bool is_first = true; written;) {
    const auto chats = store.list_every_chat(owner, after, kChatsAtOnce);
    if (!chats) return chats.error();
    if (chats->empty()) break;
    for (const history::Chat& chat : *chats) {
      const Result<WholeConversation> whole = read_whole(store, chat);
      if (!whole) return whole.error();
      if (written)
        written = sink((std::exchange(is_first, false) ? "\n" : ",\n") + encode_export_chat(*whole));
    }
    after = chats->back().key;
  }
  return written ? sink(encode_export_tail()) : written;
}

}  // namespace samovar::chat
