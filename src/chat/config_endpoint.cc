// GET /ui/config
#include "chat/endpoints.h"
#include "chat/identity.h"
#include "chat/office_text.h"
#include "chat/records_json.h"
#include "chat/route.h"
#include "chat/run_settings.h"
#include "wire/json_writer.h"

namespace samovar::chat {
namespace {

using wire::ObjectWriter;

std::string encode_range(double least, double most) {
  std::string json;
  ObjectWriter(json).add("min", least).add("max", most).close();
  return json;
}

std::string encode_limits(const Limits& limits) {
  std::string json;
  ObjectWriter(json)
      .add_raw("temperature", encode_range(limits.min_temperature, limits.max_temperature))
      .add_raw("max_tokens", encode_range(limits.min_tokens, limits.max_tokens))
      .add_raw("top_p", encode_range(0, 1))
      .add_raw("top_k", encode_range(0, 1000))
      .add_raw("min_p", encode_range(0, 1))
      .add_raw("repeat_penalty", encode_range(0, 2))
      .add_raw("context", encode_range(256, 131072))
      .add_raw("stop", R"({"count":8,"bytes":200})")
      .add("message_bytes", static_cast<int64_t>(limits.message_bytes))
      .add("attachment_bytes", static_cast<int64_t>(limits.attachment_bytes))
      .add("title_bytes", static_cast<int64_t>(limits.title_bytes))
      .add("tags", static_cast<int64_t>(limits.max_tags))
      .close();
  return json;
}

// A string where it is the same for all languages, else an object.
std::string encode_texts(const Texts& texts) {
  if (texts.empty()) return "\"\"";
  if (texts.size() == 1 && texts.begin()->first.empty()) return wire::to_json_string(texts.begin()->second);
  std::string json;
  ObjectWriter writer(json);
  for (const auto& [language, text] : texts) writer.add(language, std::string_view(text));
  writer.close();
  return json;
}

template <typename T, typename Encode>
std::string encode_list(const std::vector<T>& items, Encode encode) {
  std::string out = "[";
  for (const T& item : items) out += (out.size() > 1 ? "," : "") + encode(item);
  return out + "]";
}

std::string encode_profile(const Profile& profile) {
  std::string json;
  ObjectWriter(json)
      .add("id", std::string_view(profile.id))
      .add_raw("name", encode_texts(profile.name))
      .add("icon", std::string_view(profile.icon))
      .add_raw("description", encode_texts(profile.description))
      .add("model", std::string_view(profile.model))
      .add_raw("settings", profile.settings_json)
      .add_raw("starters", encode_strings(profile.starters))
      .close();
  return json;
}

std::string encode_starter(const Starter& starter) {
  std::string json;
  ObjectWriter(json)
      .add("id", std::string_view(starter.id))
      .add_raw("label", encode_texts(starter.label))
      .add_raw("category", encode_texts(starter.category))
      .add("icon", std::string_view(starter.icon))
      .add_raw("text", encode_texts(starter.text))
      .close();
  return json;
}

std::string encode_link(const Link& link) {
  std::string json;
  ObjectWriter(json)
      .add_raw("label", encode_texts(link.label))
      .add("url", std::string_view(link.url))
      .add("icon", std::string_view(link.icon))
      .close();
  return json;
}

std::string encode_command(const Command& command) {
  std::string json;
  ObjectWriter(json)
      .add("name", std::string_view(command.name))
      .add_raw("description", encode_texts(command.description))
      .add_raw("text", encode_texts(command.text))
      .add_raw("variables", encode_strings(command.variables))
      .close();
  return json;
}

// May `request`'s sender fetch and remove models? Where there are accounts, administrators may.
std::string encode_features(const Deps& deps, const http::Request& request) {
  const bool keeps_models = request.user.empty() || request.is_admin;
  const Features& features = deps.setup.features;
  std::vector<std::string> kinds;
  if (deps.archive != nullptr && features.attachments) {
    kinds = {"text", "markdown", "code", "csv", "json", "docx"};
    if (reads_pdf()) kinds.emplace_back("pdf");
  }
  std::string json;
  ObjectWriter(json)
      .add("share", features.share && deps.archive != nullptr)
      .add_raw("attachments", encode_strings(kinds))
      .add("pull", features.pull && keeps_models)
      .add("delete_models", features.delete_models && keeps_models)
      .add("settings", features.settings)
      .add("feedback", features.feedback)
      .close();
  return json;
}

}  // namespace

std::string encode_look(const Look& look) {
  std::string json;
  ObjectWriter(json)
      .add("logo", std::string_view(look.logo.empty() ? "" : "/ui/logo"))
      .add("accent", std::string_view(look.accent))
      .add("accent_dark", std::string_view(look.accent_dark))
      .add("css", std::string_view(look.css.empty() ? "" : "/ui/custom.css"))
      .close();
  return json;
}

namespace {

std::string encode_welcome(const Deps& deps) {
  std::string json;
  ObjectWriter writer(json);
  Texts texts = deps.setup.welcome;
  for (const auto& [language, markdown] : deps.welcome) texts.try_emplace(language, markdown);
  for (const auto& [language, markdown] : texts) writer.add(language, std::string_view(markdown));
  writer.close();
  return json;
}

std::string encode_config(const Service& service, const http::Request& request) {
  const Deps& deps = service.deps;
  std::string place;
  ObjectWriter(place)
      .add("kind", std::string_view(deps.backend_kind))
      .add("place", std::string_view(deps.backend->place()))
      .close();
  std::string history;
  ObjectWriter(history)
      .add("stored", deps.is_stored)
      .add("shared", deps.setup.shared_history)
      .add("notice", std::string_view(deps.history_notice))
      .close();
  // The page of version 0.1 wants every default to be there.
  const std::string defaults = overlay_settings(R"({"system_prompt":""})", service.effective_settings({}));
  std::string json;
  ObjectWriter(json)
      .add("name", std::string_view(deps.setup.name == "Samovar" ? deps.name : deps.setup.name))
      .add("version", std::string_view(deps.version))
      .add_raw("backend", place)
      .add("default_model", std::string_view(deps.default_model))
      .add_raw("defaults", defaults)
      .add_raw("limits", encode_limits(deps.limits))
      .add_raw("welcome", encode_welcome(deps))
      .add_raw("history", history)
      .add_raw("features", encode_features(deps, request))
      .add_raw("look", encode_look(deps.setup.look))
      .add_raw("profiles", encode_list(deps.setup.profiles, encode_profile))
      .add_raw("starters", encode_list(deps.setup.starters, encode_starter))
      .add_raw("links", encode_list(deps.setup.links, encode_link))
      .add_raw("commands", encode_list(deps.setup.commands, encode_command))
      .close();
  return json;
}

// What a request needs to be answered with the configuration.
struct Visit {
  Context context;
  http::Request request;
  std::shared_ptr<http::ResponseWriter> writer;
};

void answer_config(const Visit& visit, http::Headers cookies) {
  http::Response response{.status = 200,
                          .headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
                          .body = encode_config(*visit.context, visit.request)};
  for (auto& cookie : cookies) response.headers.push_back(std::move(cookie));
  visit.writer->send(std::move(response));
}

// From open to accounts: what this browser had before belongs to whoever logs in with it first. The cookie
// that says what it had is taken away only when that is written.
void take_along(const Visit& visit, const std::string& browser, http::Headers cookies) {
  visit.context->deps.archive->write<int64_t>(
      [browser, user = visit.request.user, at_ms = visit.context->wall_ms(),
       address = visit.request.remote_address](history::Store& store) -> Result<int64_t> {
        const auto account = store.accounts().find_user(user);
        if (!account) return account.error();
        if (!*account) return Error{Code::kNotFound, "this account is gone"};
        const Result<int64_t> n_moved = store.move_owner(browser, user);
        if (!n_moved || *n_moved == 0) return n_moved;
        const auto noted =
            store.accounts().add_audit({.at_ms = at_ms,
                                        .actor = (*account)->name,
                                        .action = "chats-taken-along",
                                        .subject = (*account)->name,
                                        .address = address,
                                        .detail = std::to_string(*n_moved) + " from this browser"});
        if (!noted) return noted.error();
        if (const auto told = store.announce(user); !told) return told.error();
        return n_moved;
      },
      [visit, cookies = std::move(cookies), user = visit.request.user](const Result<int64_t>& moved) mutable {
        if (moved) cookies.emplace_back("Set-Cookie", make_owner_cookie_end());
        if (moved && *moved > 0) visit.context->feeds.tell_reset(user);
        answer_config(visit, std::move(cookies));
      });
}

void get_config(const Visit& visit) {
  const bool has_owners = visit.context->deps.archive != nullptr && !visit.context->deps.setup.shared_history;
  if (!has_owners) return answer_config(visit, {});
  std::string browser = owner_in_cookie(visit.request);
  if (!visit.request.user.empty()) {
    http::Headers cookies = {{"Set-Cookie", make_route_cookie(visit.request.user)}};
    if (browser.empty()) return answer_config(visit, std::move(cookies));
    return take_along(visit, browser, std::move(cookies));
  }
  // Renewed each time: a browser that is used keeps its conversations.
  if (browser.empty()) browser = make_random_id();
  answer_config(visit,
                {{"Set-Cookie", make_owner_cookie(browser)}, {"Set-Cookie", make_route_cookie(browser)}});
}

}  // namespace

void add_config(http::Router& router, const Context& context) {
  router.add("GET", "/ui/config",
             [context](const http::Request& request, std::shared_ptr<http::ResponseWriter> writer) {
               get_config({context, request, std::move(writer)});
             });
}

}  // namespace samovar::chat
