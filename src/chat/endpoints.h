// What the endpoint files share. One file per group of endpoints; service.cc puts them together.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "chat/active_runs.h"
#include "chat/change_feed.h"
#include "chat/meter.h"
#include "chat/prompt_turns.h"
#include "chat/retention.h"
#include "chat/run_registry.h"
#include "chat/service.h"
#include "chat/session_history.h"
#include "chat/title_writer.h"
#include "http/router.h"

namespace samovar::chat {

// The owner where everybody shares the conversations.
inline constexpr const char* kSharedOwner = "everyone";

struct Service {
  explicit Service(Deps all);

  const Deps deps;
  SessionHistory history;
  ActiveRuns runs;
  std::atomic<size_t> n_beginning{0};  // answers that are being written down and not asked for yet
  std::atomic<uint64_t> next_run{1};

  // Stored conversations.
  RunRegistry registry;
  ChangeFeeds feeds;
  Meter meter;
  TitleWriter titles;
  Retention retention;

  [[nodiscard]] int64_t now_ns() const;   // steady
  [[nodiscard]] int64_t wall_ms() const;  // since 1970
  [[nodiscard]] history::Archive& archive_of(const std::string& chat_id) const;
  [[nodiscard]] std::string effective_settings(const history::Chat& chat) const;
  [[nodiscard]] int64_t answer_tokens(const std::string& settings) const;

  // Unless its user has asked for it, a model does not think: on few cores that would be a long silence. Not
  // every OpenAI server would understand a word about it.
  void choose_thinking(backend::Request& request) const;

  [[nodiscard]] TokenRate rate_of(const std::string& model) const;
  void learn_context(const std::string& model, int64_t context_length);
  void learn_rate(const std::string& model, int64_t bytes, int64_t tokens, int64_t context_length);

  // News for everybody who follows.
  void tell_chat(const history::Chat& chat);
  void tell_message(const history::Chat& chat, const history::Message& message);
  void run_ended(const AnswerRun& run);
  void note_load();  // into the meter

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, TokenRate> rates_;  // guarded by mutex_; by model
};

using Context = std::shared_ptr<Service>;

// A request of somebody who is known.
struct Call {
  Context context;
  const http::Request& request;  // until the handler returns
  std::shared_ptr<http::ResponseWriter> writer;
  std::string owner;
  std::string chat;     // {id} of the path; "": it has none
  std::string message;  // {message}

  [[nodiscard]] history::Archive& archive() const { return context->archive_of(chat); }
};
using CallHandler = std::function<void(Call)>;

// Adds a route for which the caller must have the cookie, and a body must be JSON (or bytes: kBytes).
enum class Body { kNone, kJson, kBytes };
void add_route(http::Router& router, const Context& context, const char* method, const char* pattern,
               Body body, CallHandler handler);

// owner_of() of identity.h, or kSharedOwner where everybody shares the conversations.
[[nodiscard]] std::string owner_of(const Service& service, const http::Request& request);
// By what name SessionHistory knows a chat: accounts cannot reach one another's by their ids.
[[nodiscard]] std::string session_chat(const http::Request& request, const std::string& chat);

void add_config(http::Router& router, const Context& context);
void add_models(http::Router& router, const Context& context);
void add_messages(http::Router& router, const Context& context);  // the older messages and retry
void add_chats(http::Router& router, const Context& context);     // stop and delete
void add_library(http::Router& router, const Context& context);   // list, search, read, change
void add_runs(http::Router& router, const Context& context);      // answers and their events
void add_edits(http::Router& router, const Context& context);     // single messages, feedback
void add_transfer(http::Router& router, const Context& context);  // export, import, share
void add_attachments(http::Router& router, const Context& context);
void add_status(http::Router& router, const Context& context);
void add_feed(http::Router& router, const Context& context);
void add_look(http::Router& router, const Context& context);
void add_account(http::Router& router, const Context& context);

// The {id} of a chat's path: 1 to 64 of [A-Za-z0-9_-]; else kInvalidArgument.
[[nodiscard]] Result<std::string> chat_id(std::string_view pattern, const http::Request& request);
[[nodiscard]] bool is_id(std::string_view text);
// "smollm2" and "SmolLM2:latest" are one model.
[[nodiscard]] bool is_same_model(const std::string& a, const std::string& b);

// The one to take when nobody has named one; "" when there is none.
[[nodiscard]] std::string first_chat_model(const std::vector<backend::ModelSummary>& models);

void send_error(http::ResponseWriter& writer, const Error& error);
void send_json(http::ResponseWriter& writer, std::string body);
void send_nothing(http::ResponseWriter& writer);

// Reads a needed chat that is not deleted.
[[nodiscard]] Result<history::Chat> find_needed_chat(history::Store& store, const std::string& owner,
                                                     const std::string& id);

}  // namespace samovar::chat
