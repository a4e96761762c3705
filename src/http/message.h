// HTTP requests and answers as plain values; knows nothing of models or of sockets.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/trace.h"

namespace samovar::http {

class BodyPipe;

using Headers = std::vector<std::pair<std::string, std::string>>;

// The value of the first header of that name, compared without case; "" when absent.
[[nodiscard]] std::string_view find_header(const Headers& headers, std::string_view name);

struct Request {
  std::string method;          // "GET", upper case
  std::string path;            // without the query, percent-decoded: "/api/chat"
  std::string target;          // as received, with the query
  std::string query;           // behind '?', still encoded; may be empty
  Headers headers;             // names as received
  std::string body;            // whole; the server refuses bodies over its limit before a handler runs
  std::string remote_address;  // "127.0.0.1"
  bool is_secure = false;      // it came over TLS, here or at a trusted proxy
  Trace trace;                 // this server's part of the trace that the caller named, or of a new one
  bool is_from_proxy = false;  // a trusted one, whose headers are believed
  std::string client;          // who a filter has found to be asking; empty: nobody has looked
  std::string user;            // id of the account that a filter has found to be asking; "": none
  bool is_admin = false;       // may do everything
  bool is_admitted = false;    // a filter has let it in: no API key is needed
  // Routes added with Router::add_upload: the body as it comes, of any size, instead of `body`.
  std::shared_ptr<BodyPipe> upload;

  [[nodiscard]] std::string_view header(std::string_view name) const { return find_header(headers, name); }
};

struct Response {
  int status = 200;
  Headers headers;  // Content-Length, Date and Connection are the server's own affair
  std::string body;
};

// Where a handler puts its answer. Thread-safe; a handler may keep it and answer later from any thread.
// Exactly one of send() or start()...finish() is used. Calls after the client went away do nothing.
class ResponseWriter {
 public:
  virtual ~ResponseWriter() = default;

  // The whole answer at once.
  virtual void send(Response response) = 0;

  // Begins a streamed answer (chunked transfer coding).
  virtual void start(int status, Headers headers) = 0;
  // Queues one piece, sent at once as a chunk of its own. False when the client is gone: stop producing.
  virtual bool write(std::string piece) = 0;
  virtual void finish() = 0;

  // Called once, on some server thread, when the client goes away before the answer is finished; at once
  // when it already has. Set it before long work: a dropped client must stop its generation.
  virtual void on_disconnect(std::function<void()> callback) = 0;
};

// Runs on a server thread and must not block: hand long work to another thread and answer from there.
using Handler = std::function<void(const Request&, std::shared_ptr<ResponseWriter>)>;

}  // namespace samovar::http
