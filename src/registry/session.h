// Requests to one registry, one after another, on the caller's thread: with the token it asks for, following
// redirects, ending when told to stop.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/client.h"
#include "registry/stop.h"

namespace samovar::registry {

struct Reply {
  int status = 0;
  http::Headers headers;
  std::string body;
  std::string url;  // that answered, behind all redirects

  [[nodiscard]] std::string header(std::string_view name) const {
    return std::string(http::find_header(headers, name));
  }
};

enum class Redirects { kFollow, kGive };
enum class Body { kWhole, kHeadOnly };  // kHeadOnly: the transfer ends with the head; for large bodies

struct SessionOptions {
  std::string base_url;
  bool insecure = false;
  bool may_fall_back = false;  // to plain HTTP, when the first request is not understood over HTTPS
  int64_t answer_limit_ms = 60'000;
};

class Session {
 public:
  // `client` and `stop` must outlive the session.
  Session(http::Client& client, Stop& stop, SessionOptions options)
      : client_(client), stop_(stop), options_(std::move(options)) {}

  // `request.url` may be a path ("/v2/..."). A 401 with a Bearer challenge is answered once. Errors are those
  // of http::Client, or kUnavailable for bodies over 8 MB and redirects without end.
  [[nodiscard]] Result<Reply> ask(http::ClientRequest request, Redirects redirects = Redirects::kFollow,
                                  Body body = Body::kWhole);

  // The headers that a request to `url` needs: the token, where it goes to the registry itself.
  [[nodiscard]] http::Headers authorization_for(std::string_view url) const;
  // A whole address for a path or for a Location that `from` answered with.
  [[nodiscard]] std::string resolve(std::string_view location, std::string_view from) const;

  [[nodiscard]] const std::string& base_url() const { return options_.base_url; }
  [[nodiscard]] bool insecure() const { return options_.insecure; }
  [[nodiscard]] Stop& stop() { return stop_; }
  [[nodiscard]] http::Client& client() { return client_; }

 private:
  [[nodiscard]] Result<Reply> ask_once(const http::ClientRequest& request, Body body);
  [[nodiscard]] Result<Reply> follow(http::ClientRequest request, Redirects redirects, Body body);
  [[nodiscard]] Result<void> fetch_token(const std::string& challenge);

  http::Client& client_;
  Stop& stop_;
  SessionOptions options_;
  std::string token_;
};

// One member of a challenge: Bearer realm="https://auth.x/token",service="x" -> "https://auth.x/token".
[[nodiscard]] std::string challenge_value(std::string_view challenge, std::string_view name);

// The sentence in a registry's error body ({"errors":[{"code","message"}]}), or "status 500".
[[nodiscard]] std::string explain_status(const Reply& reply);

}  // namespace samovar::registry
