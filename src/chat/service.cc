#include "chat/service.h"

#include <strings.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/ascii.h"
#include "base/clock.h"
#include "catalog/name.h"
#include "chat/answer_run.h"
#include "chat/endpoints.h"
#include "chat/events.h"
#include "chat/identity.h"
#include "chat/records_json.h"
#include "chat/run_settings.h"
#include "platform/machine.h"
#include "wire/json_writer.h"
#include "wire/status.h"

namespace samovar::chat {
namespace {

constexpr int kCleanEveryMs = 600'000;
constexpr int kMarkCutEveryMs = 10'000;
constexpr int64_t kDayMs = 86'400'000;

std::function<int64_t()> make_clock(const Deps& deps) {
  if (deps.now_ns) return deps.now_ns;
  return steady_ns;
}

bool has_type(const http::Request& request, std::string_view type) {
  const std::string given(request.header("Content-Type"));
  return ::strncasecmp(given.c_str(), type.data(), type.size()) == 0;
}

// Any page may post plain text to this machine; only one that this server has delivered (or allows) may post
// JSON or bytes of this kind. So a foreign page cannot act in a user's name.
Result<void> check_body(const http::Request& request, Body body) {
  if (body == Body::kJson && !has_type(request, "application/json")) {
    return Error{Code::kInvalidArgument, "Content-Type: expected application/json"};
  }
  if (body == Body::kBytes && !has_type(request, "application/octet-stream")) {
    return Error{Code::kInvalidArgument, "Content-Type: expected application/octet-stream"};
  }
  return {};
}

// What was deleted a day ago goes for ever, and so do temporary chats that nobody has used since.
void clean_regularly(const Context& context) {
  if (!context->deps.post_later || context->deps.archive == nullptr) return;
  const int64_t before = context->wall_ms() - kDayMs;
  const auto clean = [before](history::Store& store) { return store.purge(before); };
  context->deps.archive->write<void>(clean, [](const Result<void>&) {});
  context->deps.temporary->write<void>([before](history::Store& store) { return store.erase_idle(before); },
                                       [](const Result<void>&) {});
  if (const auto old = context->retention.erase_before(context->wall_ms(), context->now_ns())) {
    context->deps.archive->write<int64_t>(
        [old = *old](history::Store& store) { return store.erase_old(old); }, [](const Result<int64_t>&) {});
  }
  context->deps.post_later(
      [weak = std::weak_ptr<Service>(context)] {
        if (const Context again = weak.lock()) clean_regularly(again);
      },
      kCleanEveryMs);
}

// Answers of servers that share the store and are gone. This also notices soon that the database is back.
void mark_cut_regularly(const Context& context) {
  if (!context->deps.post_later || context->deps.archive == nullptr || !context->deps.archive->is_shared())
    return;
  context->deps.archive->write<int64_t>(
      [](history::Store& store) { return store.mark_cut(history::Store::CutBy::kGone); },
      [](const Result<int64_t>&) {});
  context->deps.post_later(
      [weak = std::weak_ptr<Service>(context)] {
        if (const Context again = weak.lock()) mark_cut_regularly(again);
      },
      kMarkCutEveryMs);
}

// Pages on other servers hear of what is changed here, and the other way round.
void share_news(const Context& context) {
  history::Archive* const archive = context->deps.archive;
  if (archive == nullptr || !archive->is_shared()) return;
  context->feeds.on_tell([archive](const std::string& owner) {
    archive->write<void>([owner](history::Store& store) { return store.announce(owner); },
                         [](const Result<void>&) {});
  });
  archive->follow_news([weak = std::weak_ptr<Service>(context)](const std::string& owner) {
    if (const Context again = weak.lock()) again->feeds.tell_reset(owner);
  });
}

}  // namespace

Service::Service(Deps all)
    : deps(std::move(all)),
      history(deps.history),
      registry(make_clock(deps)),
      meter(make_clock(deps)),
      retention(deps.keep_days) {}

int64_t Service::now_ns() const { return make_clock(deps)(); }

int64_t Service::wall_ms() const {
  if (deps.wall_ms) return deps.wall_ms();
  return unix_ms();
}

history::Archive& Service::archive_of(const std::string& chat) const {
  return is_temporary(chat) ? *deps.temporary : *deps.archive;
}

std::string Service::effective_settings(const history::Chat& chat) const {
  std::string base;
  wire::ObjectWriter writer(base);
  writer.add("temperature", deps.defaults.temperature).add("max_tokens", int64_t{deps.defaults.max_tokens});
  writer.add_unless_empty("system_prompt", deps.defaults.system_prompt).close();
  base = overlay_settings(base, deps.setup.settings_json);
  if (const Profile* profile = deps.setup.find_profile(chat.profile))
    base = overlay_settings(base, profile->settings_json);
  return overlay_settings(base, chat.settings_json);
}

int64_t Service::answer_tokens(const std::string& settings) const {
  backend::Request request;
  apply_settings(settings, request);
  return request.options.num_predict.value_or(deps.defaults.max_tokens);
}

void Service::choose_thinking(backend::Request& request) const {
  if (!request.think && deps.backend_kind != "openai") request.think = false;
}

TokenRate Service::rate_of(const std::string& model) const {
  const std::lock_guard lock(mutex_);
  const auto found = rates_.find(model);
  return found == rates_.end() ? TokenRate() : found->second;
}

void Service::learn_context(const std::string& model, int64_t context_length) {
  const std::lock_guard lock(mutex_);
  rates_[model].context_length = context_length;
}

void Service::learn_rate(const std::string& model, int64_t bytes, int64_t tokens, int64_t context_length) {
  const std::lock_guard lock(mutex_);
  TokenRate& rate = rates_[model];
  rate.learn(bytes, tokens);
  if (context_length > 0) rate.context_length = context_length;
}

void Service::tell_chat(const history::Chat& chat) {
  feeds.tell(chat.owner, "\"type\":\"chat-changed\",\"chat\":" +
                             encode_chat(chat, registry.active_ids(chat.owner, chat.id)));
}

void Service::tell_message(const history::Chat& chat, const history::Message& message) {
  feeds.tell(chat.owner,
             "\"type\":\"message-changed\",\"chat\":" + wire::to_json_string(chat.id) + ",\"message\":" +
                 encode_message(message, registry.run_of_answer(chat.owner, chat.id, message.id)));
}

void Service::run_ended(const AnswerRun& run) {
  registry.end(run);
  note_load();
  feeds.tell(run.chat().owner, "\"type\":\"run-ended\",\"chat\":" + wire::to_json_string(run.chat().id) +
                                   ",\"run\":" + wire::to_json_string(run.id()) +
                                   ",\"answer\":" + wire::to_json_string(run.answer_id()));
}

void Service::note_load() {
  int64_t waiting = 0;
  const auto active = registry.active("", "");
  for (const auto& run : active) waiting += run->place() > 0 ? 1 : 0;
  meter.note(static_cast<int64_t>(active.size()), waiting, platform::resident_memory_bytes());
}

void Handle::end_feeds() { service_->feeds.close(); }

void Handle::stop_runs_of(const std::string& user) {
  for (const auto& run : service_->registry.active(user, "")) run->stop();
}

bool Handle::end_runs(int most_ms) {
  constexpr int kStepMs = 5;
  service_->titles.close();
  for (int waited = 0; !service_->registry.is_idle(); waited += kStepMs) {
    if (waited >= most_ms) return false;
    for (const auto& run : service_->registry.active("", "")) run->interrupt();
    std::this_thread::sleep_for(std::chrono::milliseconds(kStepMs));
  }
  return true;
}

Handle add_routes(http::Router& router, Deps deps) {
  const auto context = std::make_shared<Service>(std::move(deps));
  add_config(router, context);
  add_models(router, context);
  add_messages(router, context);
  add_chats(router, context);
  add_library(router, context);
  add_runs(router, context);
  add_edits(router, context);
  add_transfer(router, context);
  add_attachments(router, context);
  add_status(router, context);
  add_feed(router, context);
  add_look(router, context);
  add_account(router, context);
  clean_regularly(context);
  mark_cut_regularly(context);
  share_news(context);
  return Handle(context);
}

void add_route(http::Router& router, const Context& context, const char* method, const char* pattern,
               Body body, CallHandler handler) {
  router.add(method, pattern,
             [context, pattern, body, handler = std::move(handler)](
                 const http::Request& request, std::shared_ptr<http::ResponseWriter> writer) {
               if (context->deps.archive == nullptr) {
                 return send_error(*writer, {Code::kUnsupported, "this server keeps no conversations"});
               }
               std::string owner = owner_of(*context, request);
               if (owner.empty()) {
                 return send_error(*writer, {Code::kUnauthorized,
                                             "no cookie: ask for /ui/config first, with cookies allowed"});
               }
               const bool shared = context->deps.setup.shared_history && request.user.empty();
               context->meter.count_user(shared                 ? request.remote_address
                                         : request.user.empty() ? owner
                                                                : request.user);
               if (const auto checked = check_body(request, body); !checked)
                 return send_error(*writer, checked.error());
               Call call{context,
                         request,
                         std::move(writer),
                         std::move(owner),
                         http::Router::part(pattern, request.path, "id"),
                         http::Router::part(pattern, request.path, "message")};
               const std::string_view path = pattern;
               for (const auto& [name, value] :
                    {std::pair("{id}", &call.chat), std::pair("{message}", &call.message)}) {
                 if (path.find(name) == std::string_view::npos || is_id(*value)) continue;
                 return send_error(
                     *call.writer,
                     {Code::kInvalidArgument,
                      std::string(name) + " of the address must be 1 to 64 of A-Z, a-z, 0-9, '_' and '-'"});
               }
               handler(std::move(call));
             });
}

std::string owner_of(const Service& service, const http::Request& request) {
  return service.deps.setup.shared_history ? kSharedOwner : owner_of(request);
}

std::string session_chat(const http::Request& request, const std::string& chat) {
  return request.user.empty() ? chat : request.user + "/" + chat;
}

bool is_same_model(const std::string& a, const std::string& b) {
  const Result<catalog::Name> first = catalog::parse_name(a);
  const Result<catalog::Name> second = catalog::parse_name(b);
  return first && second && ::strcasecmp(first->full().c_str(), second->full().c_str()) == 0;
}

bool is_id(std::string_view text) {
  constexpr size_t kMaxLength = 64;
  return !text.empty() && text.size() <= kMaxLength &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_word(c) || c == '-'; });
}

Result<std::string> chat_id(std::string_view pattern, const http::Request& request) {
  std::string id = http::Router::part(pattern, request.path, "id");
  if (!is_id(id)) {
    return Error{Code::kInvalidArgument, "the chat's id must be 1 to 64 of A-Z, a-z, 0-9, '_' and '-'"};
  }
  return id;
}

void send_error(http::ResponseWriter& writer, const Error& error) {
  writer.send({.status = wire::http_status(error.code),
               .headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
               .body = encode_error(error)});
}

void send_json(http::ResponseWriter& writer, std::string body) {
  writer.send({.status = 200,
               .headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
               .body = std::move(body)});
}

void send_nothing(http::ResponseWriter& writer) { writer.send({.status = 204, .headers = {}, .body = {}}); }

Result<history::Chat> find_needed_chat(history::Store& store, const std::string& owner,
                                       const std::string& id) {
  Result<std::optional<history::Chat>> found = store.find_chat(owner, id);
  if (!found) return found.error();
  if (!*found || (*found)->deleted_ms != 0) return Error{Code::kNotFound, "chat '" + id + "' not found"};
  return **std::move(found);
}

}  // namespace samovar::chat
