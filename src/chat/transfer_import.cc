#include <algorithm>
#include <cstdio>
#include <ctime>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "chat/endpoints.h"
#include "chat/identity.h"
#include "chat/records_json.h"
#include "chat/run_settings.h"
#include "chat/transfer_json.h"
#include "wire/json_depth.h"

namespace samovar::chat {
namespace {

using ImportJson = nlohmann::json;
using history::Message;
using history::MessageState;
using history::Role;

constexpr size_t kMostImported = 100'000;  // of one conversation

std::string text_at(const ImportJson& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

int64_t number_at(const ImportJson& object, const char* name) {
  const auto at = object.find(name);
  if (at == object.end() || !at->is_number()) return 0;
  const double number = at->get<double>();
  return number >= -9e15 && number <= 9e15 ? static_cast<int64_t>(number) : 0;
}

// Seconds, milliseconds or ISO 8601 -> milliseconds.
int64_t time_at(const ImportJson& object, const char* name) {
  if (const int64_t number = number_at(object, name); number != 0)
    return number > 100'000'000'000 ? number : number * 1000;
  std::tm parts{};
  const std::string text = text_at(object, name);
  if (std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%d", &parts.tm_year, &parts.tm_mon, &parts.tm_mday,
                  &parts.tm_hour, &parts.tm_min, &parts.tm_sec) != 6) {
    return 0;
  }
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  return static_cast<int64_t>(::timegm(&parts)) * 1000;
}

// Foreign ids have other letters: they are made anew then, the same one always the same.
class ForeignIds {
 public:
  std::string take(const std::string& foreign) {
    if (foreign.empty()) return "";
    auto [at, is_new] = known_.try_emplace(foreign, foreign);
    if (is_new && !is_id(foreign)) at->second = "m-" + make_random_id(8);
    return at->second;
  }

 private:
  std::map<std::string, std::string> known_;
};

// Parents that are not there become beginnings, and so does what would go in a circle; parents come before
// children.
std::vector<Message> order_tree(std::vector<Message> messages) {
  std::map<std::string, std::vector<size_t>> children;
  std::set<std::string> ids;
  for (const Message& message : messages) ids.insert(message.id);
  for (size_t i = 0; i < messages.size(); ++i) {
    if (!ids.contains(messages[i].parent) || messages[i].parent == messages[i].id) messages[i].parent.clear();
    children[messages[i].parent].push_back(i);
  }
  std::vector<Message> ordered;
  std::vector<size_t> waiting = children[""];
  std::reverse(waiting.begin(), waiting.end());
  std::vector<bool> taken(messages.size());
  for (size_t next = 0; ordered.size() < messages.size();) {
    if (waiting.empty()) {
      while (taken[next]) ++next;
      messages[next].parent.clear();
      waiting.push_back(next);
    }
    const size_t at = waiting.back();
    waiting.pop_back();
    if (taken[at]) continue;
    taken[at] = true;
    const std::vector<size_t>& below = children[messages[at].id];
    waiting.insert(waiting.end(), below.rbegin(), below.rend());
    ordered.push_back(messages[at]);
  }
  // In the order of making where the times tell one.
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const Message& a, const Message& b) { return a.created_ms < b.created_ms; });
  return ordered;
}

void finish(WholeConversation& whole, const std::string& leaf, ParsedImport& import) {
  if (whole.messages.empty() || whole.messages.size() > kMostImported) {
    import.skipped.push_back({whole.chat.title, whole.messages.empty() ? "it has no messages"
                                                                       : "it has more than 100000 messages"});
    return;
  }
  std::set<std::string> ids;
  std::erase_if(whole.messages, [&](const Message& message) { return !ids.insert(message.id).second; });
  whole.messages = order_tree(std::move(whole.messages));
  if (!is_id(whole.chat.id)) whole.chat.id = "c-" + make_random_id(8);
  if (whole.chat.title.empty()) whole.chat.title = make_title(whole.messages.front().content);
  whole.chat.leaf = ids.contains(leaf) ? leaf : whole.messages.back().id;
  if (whole.chat.created_ms == 0) whole.chat.created_ms = whole.messages.front().created_ms;
  if (whole.chat.updated_ms == 0)
    whole.chat.updated_ms = std::max(whole.chat.created_ms, whole.messages.back().created_ms);
  import.conversations.push_back(std::move(whole));
}

MessageState state_at(const ImportJson& object) {
  const std::string name = text_at(object, "state");
  for (const MessageState state : {MessageState::kStopped, MessageState::kFailed, MessageState::kCut}) {
    if (name == history::to_string(state)) return state;
  }
  return name == "streaming" ? MessageState::kCut : MessageState::kComplete;
}

void read_own_files(const ImportJson& object, Message& message) {
  const ImportJson files = object.value("attachments", ImportJson::array());
  const ImportJson texts = object.value("attachment_texts", ImportJson::array());
  if (!files.is_array() || !texts.is_array()) return;
  for (size_t i = 0; i < std::min(files.size(), texts.size()); ++i) {
    if (!files[i].is_object() || !texts[i].is_string()) continue;
    history::Attachment file;
    file.id = "f-" + make_random_id(8);
    file.name = text_at(files[i], "name");
    file.kind = text_at(files[i], "kind");
    file.language = text_at(files[i], "language");
    file.bytes = number_at(files[i], "bytes");
    file.characters = number_at(files[i], "characters");
    file.tokens = number_at(files[i], "tokens");
    file.text = texts[i].get<std::string>();
    message.attachments.push_back(std::move(file));
  }
}

void read_own_chat(const ImportJson& object, ParsedImport& import) {
  WholeConversation whole;
  history::Chat& chat = whole.chat;
  chat.id = text_at(object, "id");
  chat.title = text_at(object, "title");
  chat.title_by = text_at(object, "title_by") == "user" ? "user" : "text";
  chat.created_ms = number_at(object, "created");
  chat.updated_ms = number_at(object, "updated");
  chat.pinned = object.value("pinned", ImportJson()) == true;
  chat.folder = text_at(object, "folder");
  chat.model = text_at(object, "model");
  chat.profile = text_at(object, "profile");
  if (const ImportJson settings = object.value("settings", ImportJson()); settings.is_object()) {
    // Checked like anybody's: what is out of bounds here is left out.
    auto checked =
        merge_settings("{}", settings.dump(-1, ' ', false, ImportJson::error_handler_t::replace), Limits());
    if (checked) chat.settings_json = *std::move(checked);
  }
  for (const ImportJson& tag : object.value("tags", ImportJson::array())) {
    if (tag.is_string() && tag.get_ref<const std::string&>().find('\n') == std::string::npos)
      chat.tags.push_back(tag.get<std::string>());
  }
  ForeignIds ids;
  for (const ImportJson& item : object.value("messages", ImportJson::array())) {
    if (!item.is_object()) continue;
    Message message;
    message.id = ids.take(text_at(item, "id"));
    if (message.id.empty()) message.id = "m-" + make_random_id(8);
    message.parent = ids.take(text_at(item, "parent"));
    message.role = text_at(item, "role") == "user" ? Role::kUser : Role::kAssistant;
    message.content = text_at(item, "content");
    message.thinking = text_at(item, "thinking");
    message.model = text_at(item, "model");
    message.reason = text_at(item, "reason");
    message.state = state_at(item);
    message.created_ms = number_at(item, "created");
    message.edited_ms = number_at(item, "edited");
    if (const ImportJson stats = item.value("stats", ImportJson()); stats.is_object()) {
      message.stats_json = stats.dump(-1, ' ', false, ImportJson::error_handler_t::replace);
    }
    if (const ImportJson rated = item.value("feedback", ImportJson()); rated.is_object()) {
      const int64_t rating = number_at(rated, "rating");
      if (rating == 1 || rating == -1)
        message.feedback = history::Feedback{rating, text_at(rated, "comment"), message.created_ms};
    }
    read_own_files(item, message);
    whole.messages.push_back(std::move(message));
  }
  finish(whole, ids.take(text_at(object, "leaf")), import);
}

// {"id","title","chat":{"history":{"messages":{id:{...}},"currentId"},"models"},"created_at","updated_at","pinned"}
void read_open_webui_chat(const ImportJson& object, ParsedImport& import) {
  const ImportJson inner = object.value("chat", ImportJson::object());
  WholeConversation whole;
  whole.chat.id = text_at(object, "id");
  whole.chat.title = text_at(object, "title").empty() ? text_at(inner, "title") : text_at(object, "title");
  whole.chat.title_by = "user";
  whole.chat.created_ms = time_at(object, "created_at");
  whole.chat.updated_ms = time_at(object, "updated_at");
  whole.chat.pinned = object.value("pinned", ImportJson()) == true;
  if (const ImportJson models = inner.value("models", ImportJson());
      models.is_array() && !models.empty() && models[0].is_string()) {
    whole.chat.model = models[0].get<std::string>();
  }
  const ImportJson tree = inner.value("history", ImportJson::object());
  const ImportJson messages =
      tree.is_object() ? tree.value("messages", ImportJson::object()) : ImportJson::object();
  ForeignIds ids;
  for (const auto& [key, item] : messages.items()) {
    if (!item.is_object()) continue;
    Message message;
    message.id = ids.take(text_at(item, "id").empty() ? key : text_at(item, "id"));
    message.parent = ids.take(text_at(item, "parentId"));
    message.role = text_at(item, "role") == "user" ? Role::kUser : Role::kAssistant;
    message.content = text_at(item, "content");
    message.model = text_at(item, "model");
    message.created_ms = time_at(item, "timestamp");
    whole.messages.push_back(std::move(message));
  }
  finish(whole, tree.is_object() ? ids.take(text_at(tree, "currentId")) : "", import);
}

// {"id","name","createdAt","steps":[{"id","parentId","type":"user_message"|"assistant_message","output","createdAt"}]}
void read_chainlit_thread(const ImportJson& object, ParsedImport& import) {
  WholeConversation whole;
  whole.chat.id = text_at(object, "id");
  whole.chat.title = text_at(object, "name");
  whole.chat.created_ms = time_at(object, "createdAt");
  std::vector<Message> steps;
  for (const ImportJson& item : object.value("steps", ImportJson::array())) {
    if (!item.is_object()) continue;
    const std::string type = text_at(item, "type");
    if (type != "user_message" && type != "assistant_message") continue;
    Message message;
    message.id = is_id(text_at(item, "id")) ? text_at(item, "id") : "m-" + make_random_id(8);
    message.role = type == "user_message" ? Role::kUser : Role::kAssistant;
    message.content = text_at(item, "output").empty() ? text_at(item, "input") : text_at(item, "output");
    message.created_ms = time_at(item, "createdAt");
    steps.push_back(std::move(message));
  }
  // Its steps' parents tell of nesting, not of turns: one after another.
  std::stable_sort(steps.begin(), steps.end(),
                   [](const Message& a, const Message& b) { return a.created_ms < b.created_ms; });
  for (size_t i = 1; i < steps.size(); ++i) steps[i].parent = steps[i - 1].id;
  whole.messages = std::move(steps);
  finish(whole, "", import);
}

template <typename ReadOne>
void read_each(const ImportJson& list, ParsedImport& import, ReadOne read_one) {
  for (const ImportJson& item : list) {
    if (item.is_object()) {
      read_one(item, import);
    } else {
      import.skipped.push_back({"", "it is no object"});
    }
  }
}

}  // namespace

Result<ParsedImport> parse_import(std::string_view json) {
  const auto root = wire::parse_json_value<ImportJson>(json);
  if (root.is_discarded()) return Error{Code::kInvalidArgument, "the file is not JSON"};
  ParsedImport import;
  if (root.is_object() && text_at(root, "format") == "samovar-conversations") {
    if (number_at(root, "version") != 1) return Error{Code::kUnsupported, "the export is a newer Samovar's"};
    import.format = "samovar";
    read_each(root.value("chats", ImportJson::array()), import, read_own_chat);
    return import;
  }
  ImportJson list = root;
  for (const char* name : {"threads", "data", "chats"}) {
    if (root.is_object() && root.contains(name) && root[name].is_array()) list = root[name];
  }
  if (list.is_object()) list = ImportJson::array({list});
  const bool has_first = list.is_array() && !list.empty() && list[0].is_object();
  if (has_first && list[0].contains("chat")) {
    import.format = "open-webui";
    read_each(list, import, read_open_webui_chat);
  } else if (has_first && list[0].contains("steps")) {
    import.format = "chainlit";
    read_each(list, import, read_chainlit_thread);
  } else {
    return Error{Code::kInvalidArgument, "the file is no export of Samovar, Open WebUI or Chainlit"};
  }
  return import;
}

}  // namespace samovar::chat
