#include "chat/service.h"

#include <algorithm>

#include "base/ascii.h"
#include "chat/endpoints.h"
#include "chat/events.h"
#include "wire/status.h"

namespace samovar::chat {

void add_routes(http::Router& router, Deps deps) {
  const auto context = std::make_shared<Service>(std::move(deps));
  add_config(router, context);
  add_models(router, context);
  add_messages(router, context);
  add_chats(router, context);
}

Result<std::string> chat_id(std::string_view pattern, const http::Request& request) {
  constexpr size_t kMaxLength = 64;
  std::string id = http::Router::part(pattern, request.path, "id");
  const bool plain = std::all_of(id.begin(), id.end(), [](char c) { return is_word(c) || c == '-'; });
  if (id.empty() || id.size() > kMaxLength || !plain) {
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

}  // namespace samovar::chat
