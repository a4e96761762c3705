// The Ollama and OpenAI endpoints. Handlers turn a request into a backend::Request and write what comes
// back; they know neither sockets nor engines.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/http_counts.h"
#include "backend/backend.h"
#include "backend/gate.h"
#include "backend/library.h"
#include "backend/upstream_board.h"
#include "http/router.h"
#include "keys/key_ring.h"

namespace samovar::api {

// For the log. The endpoint is the route's pattern: paths may hold what is private.
struct AnsweredRequest {
  std::string method;
  std::string endpoint;
  int status = 0;
  bool is_whole = false;  // false: the caller went away before the end
  double seconds = 0;
  std::string id;  // X-Request-Id; may be empty
  http::Trace trace;
};

struct Deps {
  std::shared_ptr<backend::Backend> backend;
  std::shared_ptr<backend::Library> library;    // null: the endpoints that look after models are left out
  std::string version;                          // Samovar's own: "0.1.0"
  std::function<int64_t()> now_ns;              // Unix time; unset: the system's clock
  bool loopback = true;                         // bound to a loopback address: a foreign Host is refused
  std::vector<std::string> allowed_hosts = {};  // but for these, in lower case
  std::vector<std::string> allowed_origins;     // beside Ollama's own list; '*' stands for any text
  int64_t request_timeout_ms = 0;               // of an answer, waiting included; 0: none
  std::shared_ptr<keys::KeyRing> keys;          // null: nobody is asked for a key
  bool keys_demanded = false;  // also while there are none, of all who were not let in otherwise
  // Finds out who asks before keys are looked at (http::Request::is_admitted); unset: nobody looks.
  http::Router::Filter gatekeeper;
  // Lets requests in whose key belongs to an account (http::Request::user), or refuses them; unset: all come
  // in.
  http::Router::Filter owner_check;
  // The same as `backend`, or null: then /api/queue and /metrics are left out.
  std::shared_ptr<backend::Gate> gate;
  std::shared_ptr<HttpCounts> counts;  // may be shared between routers; null: nothing is counted
  std::function<void(const AnsweredRequest&)> log_request;         // unset: nothing is logged
  std::function<int64_t()> resident_bytes;                         // of this process; may be unset
  std::function<std::vector<backend::UpstreamState>()> upstreams;  // unset: the engine answers
  // Whether what is kept can be read and written; calls back soon, whatever the store does. Unset: nothing is
  // kept.
  std::function<void(std::function<void(Result<void>)>)> check_store;
};

// Adds every endpoint and the filters (Server header, CORS, Host, redirects of untidy paths). The router
// must stay where it is: a filter asks it for its routes.
void add_routes(http::Router& router, Deps deps);

}  // namespace samovar::api
