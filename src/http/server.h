// An HTTP/1.1 server on Boost.Beast coroutines: keep-alive, chunked bodies both ways, thousands of idle
// connections on one thread. Beast stays behind this header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/router.h"
#include "http/tls.h"

namespace samovar::http {

struct ServerOptions {
  size_t max_body_bytes = 64U << 20U;
  size_t max_header_bytes = 64U << 10U;
  int idle_timeout_ms = 75'000;         // a connection without a request
  int read_timeout_ms = 30'000;         // a request that does not arrive
  size_t max_queued_bytes = 8U << 20U;  // a reader slower than that is dropped
  size_t max_connections = 10'000;
  // Amends every request before it is looked at, when its head is there: proxies, prefixes. May be unset.
  std::function<void(Request&)> amend = {};
};

class Server {
 public:
  explicit Server(ServerOptions options);
  ~Server();  // stops and joins

  // Binds and listens; several addresses may be added before run(). `router` is shared by all
  // connections. With `tls` only HTTPS is served; plain requests are sent there (308). Port 0 takes a free
  // one; the port in use is returned. Fails with kConflict (port taken:
  // the message names host, port and, where it can be found, the process that has it) or kInvalidArgument.
  [[nodiscard]] Result<uint16_t> listen(const std::string& host, uint16_t port,
                                        std::shared_ptr<const Router> router,
                                        std::shared_ptr<Tls> tls = nullptr);

  // Serves on the calling thread until stop().
  void run();

  // Any thread or a signal-safe context's helper thread: stop accepting, let running answers finish for
  // at most grace_ms, then close.
  void stop(int grace_ms);

  // Runs `task` on the server's thread, after delay_ms; dropped when the server stops before that.
  void post(std::function<void()> task, int delay_ms = 0);
  // post() for threads that may outlive the server: their tasks are dropped then.
  [[nodiscard]] std::function<void(std::function<void()> task, int delay_ms)> poster();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace samovar::http
