// HTTP requests to other servers: libcurl with all transfers on one background thread, bodies streamed as
// they arrive. libcurl stays behind this header.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace samovar::http {

// A stretch of a file as a request's body. Read on the client's thread.
struct FileBody {
  std::filesystem::path path;
  int64_t offset = 0;
  int64_t bytes = 0;
  std::function<void(int64_t sent_bytes)> on_sent;  // may be empty; begins again at 0 when sent anew
};

struct ClientRequest {
  std::string method = "GET";
  std::string url;  // http:// or https://
  Headers headers;
  std::string body;
  std::optional<FileBody> file;  // instead of `body`
  bool verify_tls = true;        // false: certificates are not checked
  int64_t connect_timeout_ms = 10'000;
  int64_t deadline_ms = 0;     // from start() to the last byte; 0: none
  int64_t stall_limit_ms = 0;  // without a byte, once the body has begun; 0: none
};

// Receives one answer, on the client's thread; must not block. on_end comes last and exactly once.
class ClientListener {
 public:
  virtual ~ClientListener() = default;
  virtual void on_head(int status, const Headers& headers) = 0;
  // False ends the transfer: on_end(kCancelled) follows.
  virtual bool on_body(std::string_view bytes) = 0;
  // ok: the answer came whole, whatever its status. Else, with a message that names scheme, host and port:
  // kUnavailable (not reached, refused, connection lost), kTimeout, kCancelled, kInvalidArgument (the URL).
  virtual void on_end(Result<void> result) = 0;
};

// A request under way. Dropping it does not cancel.
class ClientCall {
 public:
  virtual ~ClientCall() = default;
  // Any thread, at any time, more than once. on_end(kCancelled) follows unless the end came first.
  virtual void cancel() = 0;
};

// Thread-safe. Connections are kept and used again. Redirects are not followed.
class Client {
 public:
  Client();
  // Cancels what is under way and joins.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Returns at once.
  std::shared_ptr<ClientCall> start(ClientRequest request, std::shared_ptr<ClientListener> listener);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// "http://10.0.0.5:11434/api/tags" -> "http://10.0.0.5:11434": what error messages call the server.
[[nodiscard]] std::string url_origin(std::string_view url);

}  // namespace samovar::http
