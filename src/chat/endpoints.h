// What the endpoint files share. One file per group of endpoints; service.cc puts them together.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "chat/active_runs.h"
#include "chat/service.h"
#include "chat/session_history.h"
#include "http/router.h"

namespace samovar::chat {

struct Service {
  explicit Service(Deps all) : deps(std::move(all)), history(deps.history) {}

  const Deps deps;
  SessionHistory history;
  ActiveRuns runs;
  std::atomic<uint64_t> next_run{1};
};

using Context = std::shared_ptr<Service>;

void add_config(http::Router& router, const Context& context);
void add_models(http::Router& router, const Context& context);
void add_messages(http::Router& router, const Context& context);  // messages and retry
void add_chats(http::Router& router, const Context& context);     // stop and delete

// The {id} of a chat's path: 1 to 64 of [A-Za-z0-9_-]; else kInvalidArgument.
[[nodiscard]] Result<std::string> chat_id(std::string_view pattern, const http::Request& request);

void send_error(http::ResponseWriter& writer, const Error& error);
void send_json(http::ResponseWriter& writer, std::string body);

}  // namespace samovar::chat
