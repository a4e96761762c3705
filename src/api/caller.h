// Who sends a request, and what the request says about itself in its headers.
#pragma once

#include <cstdint>
#include <string>

#include "api/routes.h"
#include "backend/backend.h"
#include "base/result.h"
#include "http/message.h"

namespace samovar::api {

struct Caller {
  std::string client;       // the account, the API key's id, else the remote address
  std::string user;         // the account's id; "": none
  std::string id;           // X-Request-Id, else one made up
  std::string traceparent;  // for other servers that help to answer
  int64_t deadline_ms = 0;  // X-Request-Timeout, else the server's; 0: none

  void stamp(backend::Request& request) const;
};

[[nodiscard]] Caller read_caller(const Deps& deps, const http::Request& request);

// The name by which the queue knows the sender of a request.
[[nodiscard]] std::string client_of(const http::Request& request);

// "30", "1.5" (seconds) or "2m30s" -> milliseconds; 0 is none. Fails with kInvalidArgument for anything else,
// and beyond a day.
[[nodiscard]] Result<int64_t> parse_timeout(std::string_view text);

}  // namespace samovar::api
