// What the clients of other servers share: requests with the key and the limits, short questions, and the
// handle of a streamed answer. Callbacks come on one background thread of its own. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "backend/backend.h"
#include "http/client.h"

namespace samovar::backend {

struct UpstreamOptions {
  int64_t answer_limit_ms = 120'000;  // a whole answer, where Request::deadline_ms is 0
  int64_t stall_limit_ms = 60'000;    // between two pieces of an answer that has begun
  int64_t query_limit_ms = 15'000;    // lists, descriptions, readiness
  int64_t connect_limit_ms = 10'000;
  std::string api_key = {};  // shown to the server; may be empty
};

class UpstreamHttp {
 public:
  // `base_url` has no slash at its end.
  UpstreamHttp(std::string base_url, UpstreamOptions options);

  [[nodiscard]] const std::string& base_url() const { return base_url_; }
  [[nodiscard]] const UpstreamOptions& options() const { return options_; }

  // One short request; gives the body of an answer with status 200, else the error (decode_error).
  struct Question {
    std::string method = "GET";
    std::string path;         // behind base_url
    std::string body;         // JSON, or empty
    int64_t deadline_ms = 0;  // 0: options.query_limit_ms
  };
  void ask(Question question, Callback<std::string> callback);

  // POSTs `body` and streams the answer to `listener`; the handle cancels by closing the connection.
  struct Stream {
    std::string path;
    std::string accept;  // a media type
    std::string body;    // JSON
  };
  [[nodiscard]] std::shared_ptr<Run> stream(Stream stream, const Request& request,
                                            std::shared_ptr<http::ClientListener> listener);

 private:
  [[nodiscard]] http::ClientRequest make_request(std::string method, const std::string& path,
                                                 std::string body) const;

  std::string base_url_;
  UpstreamOptions options_;
  http::Client http_;  // last: its thread is joined before anything else goes
};

// What `decode` makes of the body, or the error, which names `place`.
template <typename T, typename Decode>
[[nodiscard]] Callback<std::string> decoding(Callback<T> callback, std::string place, Decode decode) {
  return [callback = std::move(callback), place = std::move(place), decode](Result<std::string> body) {
    if (!body) return callback(body.error());
    Result<T> decoded = decode(*body);
    if (!decoded) return callback(Error{decoded.error().code, place + ": " + decoded.error().message});
    callback(std::move(decoded));
  };
}

}  // namespace samovar::backend
