// One request's answer on its way from a handler (any thread) to its connection (the server's thread):
// a bounded queue with the rules of ResponseWriter. Knows no sockets.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "http/message.h"

namespace samovar::http {

class Exchange {
 public:
  // `wake` is called, from any thread, when take() would give something new; at most once between two
  // calls of take(). `max_queued_bytes` bounds the pieces of a streamed answer that wait for the reader.
  Exchange(std::function<void()> wake, size_t max_queued_bytes);

  // The handler's side. The writer keeps `exchange` alive; when its last copy is dropped without an
  // answer, the client gets a 500, or its stream is cut.
  [[nodiscard]] static std::shared_ptr<ResponseWriter> make_writer(std::shared_ptr<Exchange> exchange);

  // The connection's side, on the server's thread only.
  struct Taken {
    std::optional<Response> whole;    // send(): everything at once
    std::optional<Response> started;  // start(): status and headers; once
    std::vector<std::string> pieces;  // in order, none empty
    bool finished = false;            // nothing more comes
    bool broken = false;              // overflow or an abandoned stream: cut the connection
  };
  [[nodiscard]] Taken take();

  // Whether send() or start() came.
  [[nodiscard]] bool is_answered();

  // Tells the handler that its client is gone. Pieces are refused from now on, send() is still taken:
  // a client that only closed its sending half can read it.
  void peer_gone();

 private:
  class Writer;
  void send(Response response);
  void start(int status, Headers headers);
  bool write(std::string piece);
  void finish();
  void abandon();
  void on_disconnect(std::function<void()> callback);
  void wake_locked(std::unique_lock<std::mutex>& lock);

  const std::function<void()> wake_;
  const size_t max_queued_bytes_;

  std::mutex mutex_;  // guards everything below
  Taken pending_;
  std::function<void()> on_disconnect_;
  size_t queued_bytes_ = 0;
  bool wake_pending_ = false;
  bool answered_ = false;  // send() or start() came
  bool finished_ = false;
  bool gone_ = false;
};

}  // namespace samovar::http
