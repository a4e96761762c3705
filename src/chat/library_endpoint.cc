// The list of conversations: GET /ui/chats, /ui/search, /ui/chats/{id}, PATCH, restore, delete-chats.
#include <algorithm>

#include "chat/answer_run.h"
#include "chat/body.h"
#include "chat/endpoints.h"
#include "chat/query.h"
#include "chat/records_json.h"
#include "chat/run_settings.h"
#include "chat/shared_run.h"
#include "history/words.h"
#include "http/request_parts.h"
#include "wire/json_writer.h"

namespace samovar::chat {
namespace {

constexpr int64_t kMostChats = 1000;
constexpr int64_t kMostMessages = 2000;
constexpr size_t kMaxFolderBytes = 200;
constexpr size_t kMaxTagBytes = 100;
constexpr size_t kMaxIds = 10'000;

struct Listing {
  history::ChatPage page;
  history::Labels labels;
};

std::string encode_listing(const Service& service, const std::string& owner, const Listing& listing) {
  std::string chats = "[";
  for (const history::Chat& chat : listing.page.chats) {
    chats += (chats.size() > 1 ? "," : "") + encode_chat(chat, service.registry.active_ids(owner, chat.id));
  }
  std::string json;
  wire::ObjectWriter writer(json);
  writer.add_raw("chats", chats + "]");
  writer.add_raw("next", listing.page.next.empty() ? "null" : wire::to_json_string(listing.page.next));
  writer.add_raw("folders", encode_strings(listing.labels.folders));
  writer.add_raw("tags", encode_strings(listing.labels.tags));
  writer.add("total", listing.labels.n_chats).close();
  return json;
}

void list_chats(const Call& call) {
  const Result<int64_t> limit =
      query_number(call.request, "limit", {.least = 1, .most = kMostChats, .fallback = 200});
  if (!limit) return send_error(*call.writer, limit.error());
  history::ChatQuery query;
  query.owner = call.owner;
  query.limit = *limit;
  query.cursor = http::query_value(call.request, "before").value_or("");
  query.folder = http::query_value(call.request, "folder");
  query.tag = http::query_value(call.request, "tag");
  call.context->deps.archive->read<Listing>(
      [query](history::Store& store) -> Result<Listing> {
        Result<history::ChatPage> page = store.list_chats(query);
        if (!page) return page.error();
        Result<history::Labels> labels = store.list_labels(query.owner);
        if (!labels) return labels.error();
        return Listing{*std::move(page), *std::move(labels)};
      },
      [context = call.context, owner = call.owner, writer = call.writer](Result<Listing> listing) {
        if (!listing) return send_error(*writer, listing.error());
        send_json(*writer, encode_listing(*context, owner, *listing));
      });
}

std::string encode_hit(const history::SearchHit& hit, const std::vector<std::string>& parts) {
  const history::Snippet snippet = history::make_snippet(hit.text, parts);
  std::string marks = "[";
  for (const auto& [from, to] : snippet.marks) {
    marks += (marks.size() > 1 ? ",[" : "[") + std::to_string(from) + "," + std::to_string(to) + "]";
  }
  std::string json;
  wire::ObjectWriter(json)
      .add("chat", std::string_view(hit.chat))
      .add("title", std::string_view(hit.title))
      .add_raw("message", hit.message.empty() ? "null" : wire::to_json_string(hit.message))
      .add("role", history::to_string(hit.role))
      .add("snippet", std::string_view(snippet.text))
      .add_raw("marks", marks + "]")
      .add("created", hit.created_ms)
      .close();
  return json;
}

void search_chats(const Call& call) {
  const Result<int64_t> limit =
      query_number(call.request, "limit", {.least = 1, .most = 200, .fallback = 50});
  if (!limit) return send_error(*call.writer, limit.error());
  std::string words = http::query_value(call.request, "q").value_or("");
  constexpr size_t kMaxWords = 1000;
  if (words.size() > kMaxWords)
    return send_error(*call.writer, {Code::kTooLarge, "q: at most 1000 bytes are looked for"});
  call.context->deps.archive->read<std::vector<history::SearchHit>>(
      [owner = call.owner, words, limit = *limit](history::Store& store) {
        return store.search(owner, words, limit);
      },
      [words, writer = call.writer](Result<std::vector<history::SearchHit>> hits) {
        if (!hits) return send_error(*writer, hits.error());
        const std::vector<std::string> parts = history::query_parts(words);
        std::string list;
        for (const history::SearchHit& hit : *hits)
          list += (list.empty() ? "" : ",") + encode_hit(hit, parts);
        send_json(*writer, "{\"hits\":[" + list + "]}");
      });
}

struct WholeChat {
  history::Chat chat;
  std::vector<history::Message> messages;
  bool more = false;
};

void read_chat(const Call& call) {
  const Result<int64_t> last =
      query_number(call.request, "last", {.least = 1, .most = kMostMessages, .fallback = 500});
  const Result<int64_t> before =
      query_number(call.request, "before", {.least = 1, .most = INT64_MAX, .fallback = INT64_MAX});
  if (!last || !before) return send_error(*call.writer, !last ? last.error() : before.error());
  call.archive().read<WholeChat>(
      [owner = call.owner, id = call.chat, last = *last,
       before = *before](history::Store& store) -> Result<WholeChat> {
        Result<history::Chat> chat = find_needed_chat(store, owner, id);
        if (!chat) return chat.error();
        Result<std::vector<history::Message>> messages = store.list_messages(chat->key, before, last + 1);
        if (!messages) return messages.error();
        WholeChat whole{*std::move(chat), *std::move(messages), false};
        whole.more = static_cast<int64_t>(whole.messages.size()) > last;
        if (whole.more) whole.messages.erase(whole.messages.begin());
        return whole;
      },
      [context = call.context, writer = call.writer](Result<WholeChat> whole) {
        if (!whole) return send_error(*writer, whole.error());
        const history::Chat& chat = whole->chat;
        std::string list = "[";
        for (const history::Message& message : whole->messages) {
          list +=
              (list.size() > 1 ? "," : "") + encode_message(message, run_of_message(*context, chat, message));
        }
        std::string json;
        wire::ObjectWriter(json)
            .add_raw("chat", encode_chat(chat, context->registry.active_ids(chat.owner, chat.id)))
            .add_raw("messages", list + "]")
            .add("more", whole->more)
            .close();
        send_json(*writer, std::move(json));
      });
}

// What PATCH may change; unset: as it is.
struct ChatChange {
  std::optional<std::string> title, folder, model, profile, leaf;
  std::optional<bool> pinned;
  std::optional<std::vector<std::string>> tags;
  std::string settings_patch;
};

void read_tags(BodyReader& body, const Limits& limits, ChatChange& change) {
  if (!body.has("tags")) return;
  const nlohmann::json& tags = body.json()["tags"];
  if (!tags.is_array() || tags.size() > limits.max_tags) {
    body.fail("tags", "expected an array of at most " + std::to_string(limits.max_tags) + " strings");
    return;
  }
  change.tags.emplace();
  for (const nlohmann::json& tag : tags) {
    if (!tag.is_string() || tag.get_ref<const std::string&>().empty() ||
        tag.get_ref<const std::string&>().size() > kMaxTagBytes ||
        tag.get_ref<const std::string&>().find('\n') != std::string::npos) {
      body.fail("tags", "a tag is a string of 1 to 100 bytes without line breaks");
      return;
    }
    if (std::find(change.tags->begin(), change.tags->end(), tag.get<std::string>()) == change.tags->end()) {
      change.tags->push_back(tag.get<std::string>());
    }
  }
}

void read_optional(BodyReader& body, const char* name, size_t max_bytes, std::optional<std::string>& to) {
  if (!body.has(name)) return;
  std::string text;
  if (body.text(name, max_bytes, text)) to = std::move(text);
}

Result<ChatChange> parse_change(std::string_view text, const Limits& limits) {
  Result<BodyReader> body = BodyReader::parse(text);
  if (!body) return body.error();
  ChatChange change;
  read_optional(*body, "title", limits.title_bytes, change.title);
  if (change.title && change.title->find_first_not_of(" \t\r\n") == std::string::npos)
    body->fail("title", "empty");
  read_optional(*body, "folder", kMaxFolderBytes, change.folder);
  read_optional(*body, "model", 1024, change.model);
  read_optional(*body, "profile", 100, change.profile);
  read_optional(*body, "leaf", 64, change.leaf);
  if (body->has("pinned")) {
    bool pinned = false;
    if (body->flag("pinned", pinned)) change.pinned = pinned;
  }
  read_tags(*body, limits, change);
  body->object("settings", change.settings_patch);
  if (!body->ok()) return body->error();
  return change;
}

Result<history::Chat> apply_change(history::Store& store, history::Chat chat, const ChatChange& change,
                                   const Limits& limits) {
  if (change.title) {
    chat.title = *change.title;
    chat.title_by = "user";
  }
  if (change.folder) chat.folder = *change.folder;
  if (change.model) chat.model = *change.model;
  if (change.profile) chat.profile = *change.profile;
  if (change.pinned) chat.pinned = *change.pinned;
  if (change.tags) chat.tags = *change.tags;
  if (change.leaf) {
    const Result<std::optional<history::Message>> leaf = store.find_message(chat.key, *change.leaf);
    if (!leaf) return leaf.error();
    if (!*leaf) return Error{Code::kNotFound, "leaf: message '" + *change.leaf + "' not found in this chat"};
    chat.leaf = *change.leaf;
  }
  if (!change.settings_patch.empty()) {
    Result<std::string> merged = merge_settings(chat.settings_json, change.settings_patch, limits);
    if (!merged) return merged.error();
    chat.settings_json = *std::move(merged);
  }
  if (const auto put = store.put_chat(chat); !put) return put.error();
  return chat;
}

// Answers with the chat and tells everybody.
history::Archive::Done<history::Chat> reply_chat(const Call& call) {
  return [context = call.context, writer = call.writer](Result<history::Chat> chat) {
    if (!chat) return send_error(*writer, chat.error());
    context->tell_chat(*chat);
    send_json(*writer, encode_chat(*chat, context->registry.active_ids(chat->owner, chat->id)));
  };
}

void change_chat(const Call& call) {
  const Limits& limits = call.context->deps.limits;
  Result<ChatChange> change = parse_change(call.request.body, limits);
  if (!change) return send_error(*call.writer, change.error());
  if (!change->settings_patch.empty() && !call.context->deps.setup.features.settings) {
    return send_error(*call.writer, {Code::kUnsupported, "settings: they are fixed on this server"});
  }
  call.archive().write<history::Chat>(
      [owner = call.owner, id = call.chat, change = *std::move(change),
       limits](history::Store& store) -> Result<history::Chat> {
        Result<history::Chat> chat = find_needed_chat(store, owner, id);
        if (!chat) return chat.error();
        return apply_change(store, *std::move(chat), change, limits);
      },
      reply_chat(call));
}

void restore_chat(const Call& call) {
  call.archive().write<history::Chat>(
      [owner = call.owner, id = call.chat](history::Store& store) -> Result<history::Chat> {
        Result<std::optional<history::Chat>> found = store.find_chat(owner, id);
        if (!found) return found.error();
        if (!*found) return Error{Code::kNotFound, "chat '" + id + "' not found: it was deleted for ever"};
        history::Chat chat = **std::move(found);
        chat.deleted_ms = 0;
        if (const auto put = store.put_chat(chat); !put) return put.error();
        return chat;
      },
      reply_chat(call));
}

using Ids = std::vector<std::string>;

Result<Ids> delete_many(history::Store& store, const std::string& owner, Ids ids, bool all, int64_t now) {
  if (all) {
    history::ChatQuery query;
    query.owner = owner;
    query.limit = kMostChats;
    do {
      Result<history::ChatPage> page = store.list_chats(query);
      if (!page) return page.error();
      for (const history::Chat& chat : page->chats) ids.push_back(chat.id);
      query.cursor = page->next;
    } while (!query.cursor.empty());
  }
  Ids deleted;
  for (const std::string& id : ids) {
    Result<std::optional<history::Chat>> chat = store.find_chat(owner, id);
    if (!chat) return chat.error();
    if (!*chat || (*chat)->deleted_ms != 0) continue;
    (*chat)->deleted_ms = now;
    (*chat)->share_token.clear();
    if (const auto put = store.put_chat(**chat); !put) return put.error();
    deleted.push_back(id);
  }
  return deleted;
}

void delete_chats(const Call& call) {
  Result<BodyReader> body = BodyReader::parse(call.request.body);
  if (!body) return send_error(*call.writer, body.error());
  bool all = false;
  Ids ids;
  body->flag("all", all);
  body->ids("ids", kMaxIds, ids);
  if (!all && !body->has("ids")) body->fail("ids", "missing");
  if (!body->ok()) return send_error(*call.writer, body->error());
  call.context->deps.archive->write<Ids>(
      [owner = call.owner, ids, all, now = call.context->wall_ms()](history::Store& store) {
        return delete_many(store, owner, ids, all, now);
      },
      [context = call.context, owner = call.owner, writer = call.writer](Result<Ids> deleted) {
        if (!deleted) return send_error(*writer, deleted.error());
        for (const std::string& id : *deleted) {
          for (const auto& run : context->registry.active(owner, id)) run->stop();
        }
        context->feeds.tell(owner, "\"type\":\"chats-changed\"");
        send_json(*writer, "{\"deleted\":" + encode_strings(*deleted) + "}");
      });
}

}  // namespace

void add_library(http::Router& router, const Context& context) {
  add_route(router, context, "GET", "/ui/chats", Body::kNone, list_chats);
  add_route(router, context, "GET", "/ui/search", Body::kNone, search_chats);
  add_route(router, context, "GET", "/ui/chats/{id}", Body::kNone, read_chat);
  add_route(router, context, "PATCH", "/ui/chats/{id}", Body::kJson, change_chat);
  add_route(router, context, "POST", "/ui/chats/{id}/restore", Body::kNone, restore_chat);
  add_route(router, context, "POST", "/ui/delete-chats", Body::kJson, delete_chats);
}

}  // namespace samovar::chat
