// The server: chat page, page API, Ollama and OpenAI API, wired to an engine or an upstream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "app/doors.h"
#include "base/result.h"

namespace samovar::app {

struct ServeOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 8000;             // chat page, and everything else
  uint16_t api_port = 11434;        // Ollama and OpenAI API
  std::vector<std::string> models;  // kept in memory; none: smollm2:135m or the newest of the store
  size_t threads = 0;               // 0: one per core
  size_t disk_cache_mb = 0;         // of conversations kept on disk; 0: none
  int drain_s = 30;                 // what running answers are given when the server is told to stop
  int64_t keep_days = 0;            // of conversations that are not changed; 0: for ever
  std::string kv_cache;             // "f16", "q8_0"; empty: f16
  std::string api_host;             // empty: `host`, or loopback when the page speaks HTTPS
  std::string log_format = "text";  // "json": one object a line
  DoorOptions doors;
};

// Serves until SIGINT or SIGTERM; the exit code. Prints the page's address once it can be opened.
[[nodiscard]] int serve(const ServeOptions& options);

// Method and path of everything that the page's port serves, as serve() sets it up.
[[nodiscard]] Result<std::vector<std::pair<std::string, std::string>>> list_routes();

}  // namespace samovar::app
