// The page's service behind /ui/... (docs/page-api.md): configuration, models, and conversations whose
// answers stream. Speaks to a backend::Backend only; knows neither sockets nor engines.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backend/backend.h"
#include "chat/session_history.h"
#include "http/router.h"

namespace samovar::chat {

struct Settings {
  double temperature = 0.2;
  int32_t max_tokens = 1024;
  std::string system_prompt;
};

struct Limits {
  double min_temperature = 0;
  double max_temperature = 2;
  int32_t min_tokens = 1;
  int32_t max_tokens = 8192;
  size_t message_bytes = size_t{1} << 20U;  // of one message, and of the system prompt
};

struct Deps {
  std::shared_ptr<backend::Backend> backend;
  std::string backend_kind = "engine";  // "engine", "ollama", "openai"
  std::string name = "Samovar";
  std::string version;
  std::string default_model;  // empty: the page takes the first of the list
  Settings defaults;
  Limits limits;
  HistoryLimits history;
  std::vector<std::pair<std::string, std::string>> welcome;  // language -> markdown
  int64_t deadline_ms = 0;                                   // of an answer; 0: the backend's own limit
  std::function<int64_t()> now_ns;  // a clock that never goes back; unset: the steady clock
};

// Adds the /ui/... endpoints. The conversations live as long as the router's handlers do.
void add_routes(http::Router& router, Deps deps);

}  // namespace samovar::chat
