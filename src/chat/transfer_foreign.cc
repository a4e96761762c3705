// Exports of Open WebUI and threads of Chainlit, in the shapes that their sources write.
#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "chat/identity.h"
#include "chat/limits.h"
#include "chat/run_settings.h"
#include "chat/transfer_reading.h"

namespace samovar::chat {
namespace {

using history::Message;
using history::MessageState;
using history::Role;

constexpr std::string_view kThoughtsBegin = "<details type=\"reasoning\"";
constexpr std::string_view kThoughtsEnd = "</details>";

std::string unescape_html(std::string_view text) {
  constexpr auto kSigns = std::to_array<std::pair<std::string_view, char>>(
      {{"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#x27;", '\''}, {"&#39;", '\''}, {"&amp;", '&'}});
  std::string out;
  while (!text.empty()) {
    const auto sign = std::find_if(kSigns.begin(), kSigns.end(),
                                   [&](const auto& each) { return text.starts_with(each.first); });
    out += sign == kSigns.end() ? text.front() : sign->second;
    text.remove_prefix(sign == kSigns.end() ? 1 : sign->first.size());
  }
  return out;
}

// `<summary>Thought for 3 seconds</summary>`, then lines that are quoted with "> ".
std::string unquote_thoughts(std::string_view inside) {
  if (const size_t summary = inside.find("</summary>"); summary != std::string_view::npos)
    inside.remove_prefix(summary + 10);
  const std::string whole = unescape_html(trim(inside));
  std::string out;
  for (size_t at = 0; at < whole.size();) {
    const size_t end = std::min(whole.find('\n', at), whole.size());
    std::string_view line = std::string_view(whole).substr(at, end - at);
    if (line.starts_with('>')) line.remove_prefix(line.starts_with("> ") ? 2 : 1);
    out += (out.empty() ? "" : "\n") + std::string(line);
    at = end + 1;
  }
  return out;
}

// Thoughts stand in the answer's text, as folded blocks.
void take_thoughts_out(Message& message) {
  for (size_t begin = 0; (begin = message.content.find(kThoughtsBegin, begin)) != std::string::npos;) {
    const size_t head_end = message.content.find('>', begin);
    const size_t end = message.content.find(kThoughtsEnd, begin);
    if (head_end == std::string::npos || end == std::string::npos) return;
    const std::string_view text = message.content;
    const std::string thoughts = unquote_thoughts(text.substr(head_end + 1, end - head_end - 1));
    message.thinking += (message.thinking.empty() ? "" : "\n\n") + thoughts;
    message.content.erase(begin, end + kThoughtsEnd.size() - begin);
  }
  if (!message.thinking.empty()) message.content = trim(message.content);
}

// Newer versions keep the pieces of an answer by themselves, perhaps without its text.
void read_output(const ImportJson& item, Message& message) {
  for (const ImportJson& piece : list_at(item, "output")) {
    if (!piece.is_object()) continue;
    const std::string type = text_at(piece, "type");
    if (type != "message" && type != "reasoning") continue;
    std::string& to = type == "message" ? message.content : message.thinking;
    for (const ImportJson& part : list_at(piece, "content")) {
      if (part.is_object()) to += text_at(part, "text");
    }
  }
}

void read_rating(const ImportJson& rated, Message& message) {
  const int64_t rating = number_at(rated, "rating");
  if (rating != 1 && rating != -1) return;
  const std::string comment = text_at(rated, "comment");
  message.feedback =
      history::Feedback{rating, comment.empty() ? text_at(rated, "reason") : comment, message.created_ms};
}

// A file's text is in the export where it was read for the model; of others only the name is.
void read_files(const ImportJson& item, Message& message, const std::string& title, ParsedImport& import) {
  for (const ImportJson& entry : list_at(item, "files")) {
    if (!entry.is_object()) continue;
    const ImportJson& file = object_at(entry, "file");
    history::Attachment attachment;
    attachment.id = "f-" + make_random_id(8);
    attachment.name = text_at(entry, "name").empty() ? text_at(file, "filename") : text_at(entry, "name");
    attachment.kind = "text";
    attachment.text = text_at(object_at(file, "data"), "content");
    if (attachment.name.empty()) attachment.name = text_at(entry, "type");
    if (attachment.text.empty() || attachment.text.size() > Limits().attachment_bytes) {
      import.skipped.push_back({title, "no-file", "the file is not in the export", attachment.name});
      continue;
    }
    attachment.bytes = std::ssize(attachment.text);
    attachment.characters =
        attachment.bytes - std::count_if(attachment.text.begin(), attachment.text.end(), [](char c) {
          return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
        });
    attachment.tokens = attachment.characters / 4 + 1;
    message.attachments.push_back(std::move(attachment));
  }
}

void read_failure(const ImportJson& item, Message& message) {
  const auto error = item.find("error");
  if (error == item.end() || error->is_null() || *error == false) return;
  message.state = MessageState::kFailed;
  message.error_code = "internal";
  message.error_message = error->is_object() ? text_at(*error, "content") : "";
}

Message read_open_webui_message(const ImportJson& item, const std::string& title, ParsedImport& import) {
  Message message;
  message.role = text_at(item, "role") == "user" ? Role::kUser : Role::kAssistant;
  message.content = text_at(item, "content");
  message.model = text_at(item, "model");
  message.created_ms = time_at(item, "timestamp");
  if (message.role == Role::kAssistant) {
    if (message.content.empty()) read_output(item, message);
    take_thoughts_out(message);
    read_rating(object_at(item, "annotation"), message);
    read_failure(item, message);
    if (item.value("done", ImportJson(true)) == false && message.state == MessageState::kComplete)
      message.state = MessageState::kCut;
  }
  read_files(item, message, title, import);
  return message;
}

// What this program knows under another name, as far as it is a value here.
void read_settings(const ImportJson& inner, history::Chat& chat) {
  constexpr auto kNames =
      std::to_array<std::pair<const char*, const char*>>({{"system", "system_prompt"},
                                                          {"temperature", "temperature"},
                                                          {"top_p", "top_p"},
                                                          {"top_k", "top_k"},
                                                          {"min_p", "min_p"},
                                                          {"repeat_penalty", "repeat_penalty"},
                                                          {"max_tokens", "max_tokens"},
                                                          {"num_ctx", "context"},
                                                          {"seed", "seed"},
                                                          {"stop", "stop"}});
  ImportJson params = object_at(inner, "params");
  if (text_at(params, "system").empty() && !text_at(inner, "system").empty())
    params["system"] = inner["system"];
  for (const auto& [theirs, ours] : kNames) {
    const auto at = params.find(theirs);
    if (at == params.end() || at->is_null() || *at == "") continue;
    const std::string patch =
        ImportJson{{ours, *at}}.dump(-1, ' ', false, ImportJson::error_handler_t::replace);
    if (auto merged = merge_settings(chat.settings_json.empty() ? "{}" : chat.settings_json, patch, Limits()))
      chat.settings_json = *std::move(merged);
  }
}

void read_tags(const ImportJson& tags, history::Chat& chat) {
  for (const ImportJson& tag : tags) {
    if (!tag.is_string() || chat.tags.size() == Limits().max_tags) continue;
    const auto& text = tag.get_ref<const std::string&>();
    if (!text.empty() && text.find('\n') == std::string::npos) chat.tags.push_back(text);
  }
}

// Exports of old versions have no tree: one message after another.
void link_in_turn(std::vector<Message>& messages) {
  for (size_t i = 1; i < messages.size(); ++i) messages[i].parent = messages[i - 1].id;
}

}  // namespace

// {"id","title","chat":{"history":{"messages":{id:{...}},"currentId"},"messages":[...],"models","params"},
//  "created_at","updated_at","pinned","meta":{"tags":[...]}}
void read_open_webui_chat(const ImportJson& object, ParsedImport& import) {
  const ImportJson& inner = object_at(object, "chat");
  WholeConversation whole;
  whole.chat.id = text_at(object, "id");
  whole.chat.title = text_at(object, "title").empty() ? text_at(inner, "title") : text_at(object, "title");
  whole.chat.title_by = "user";
  whole.chat.created_ms = time_at(object, "created_at");
  whole.chat.updated_ms = time_at(object, "updated_at");
  whole.chat.pinned = object.value("pinned", ImportJson()) == true;
  if (const ImportJson& models = list_at(inner, "models"); !models.empty() && models[0].is_string())
    whole.chat.model = models[0].get<std::string>();
  read_settings(inner, whole.chat);
  read_tags(list_at(object_at(object, "meta"), "tags"), whole.chat);
  const ImportJson& tree = object_at(inner, "history");
  ForeignIds ids;
  for (const auto& [key, item] : object_at(tree, "messages").items()) {
    if (!item.is_object()) continue;
    Message message = read_open_webui_message(item, whole.chat.title, import);
    message.id = ids.take(text_at(item, "id").empty() ? key : text_at(item, "id"));
    message.parent = ids.take(text_at(item, "parentId"));
    whole.messages.push_back(std::move(message));
  }
  if (whole.messages.empty()) {
    for (const ImportJson& item : list_at(inner, "messages")) {
      if (!item.is_object()) continue;
      whole.messages.push_back(read_open_webui_message(item, whole.chat.title, import));
      const std::string id = ids.take(text_at(item, "id"));
      whole.messages.back().id = id.empty() ? "m-" + make_random_id(8) : id;
    }
    link_in_turn(whole.messages);
  }
  finish(whole, ids.take(text_at(tree, "currentId")), import);
}

// {"id","name","createdAt","tags","elements":[...],"steps":[{"id","type":"user_message"|"assistant_message",
//  "output","createdAt","isError","feedback":{"value":0|1,"comment"}}]}
void read_chainlit_thread(const ImportJson& object, ParsedImport& import) {
  WholeConversation whole;
  whole.chat.id = text_at(object, "id");
  whole.chat.title = text_at(object, "name");
  whole.chat.created_ms = time_at(object, "createdAt");
  read_tags(list_at(object, "tags"), whole.chat);
  for (const ImportJson& element : list_at(object, "elements")) {
    if (element.is_object())
      import.skipped.push_back(
          {whole.chat.title, "no-file", "the file is not in the export", text_at(element, "name")});
  }
  for (const ImportJson& item : list_at(object, "steps")) {
    if (!item.is_object()) continue;
    const std::string type = text_at(item, "type");
    if (type != "user_message" && type != "assistant_message") continue;
    Message message;
    message.id = is_id(text_at(item, "id")) ? text_at(item, "id") : "m-" + make_random_id(8);
    message.role = type == "user_message" ? Role::kUser : Role::kAssistant;
    message.content = text_at(item, "output").empty() ? text_at(item, "input") : text_at(item, "output");
    message.created_ms = time_at(item, "createdAt");
    if (item.value("isError", ImportJson()) == true) {
      message.state = MessageState::kFailed;
      message.error_code = "internal";
      message.error_message = std::exchange(message.content, "");
    }
    if (const ImportJson& rated = object_at(item, "feedback"); rated.contains("value"))
      message.feedback = history::Feedback{number_at(rated, "value") == 0 ? -1 : 1, text_at(rated, "comment"),
                                           message.created_ms};
    whole.messages.push_back(std::move(message));
  }
  // Its steps' parents tell of nesting, not of turns: one after another.
  std::stable_sort(whole.messages.begin(), whole.messages.end(),
                   [](const Message& a, const Message& b) { return a.created_ms < b.created_ms; });
  link_in_turn(whole.messages);
  finish(whole, "", import);
}

}  // namespace samovar::chat
