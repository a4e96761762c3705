// One conversation with a model, as the terminal holds it: history, settings, one answer at a time.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"

namespace samovar::app {

struct ConversationSettings {
  std::string model;
  std::optional<std::string> system;
  std::string format_json;  // "json", a JSON schema, or empty
  bool keep_history = true;
  std::optional<bool> think;
  std::string think_level;  // "low" ... or empty
  std::optional<int64_t> keep_alive_ns;
  backend::Options options;
};

// Used by one thread, but for interrupt(), which is async-signal-safe.
class Conversation {
 public:
  // Receives the answer as it grows, whole characters; `thinking` tells which of the two texts.
  using Sink = std::function<void(std::string_view text, bool thinking)>;

  // `backend` must outlive the conversation.
  Conversation(backend::Backend& backend, ConversationSettings settings);

  // Loads the model, so that the first answer comes at once.
  [[nodiscard]] Result<void> load();

  // Sends a message with everything said so far and blocks until the answer is complete. An answer that
  // was interrupted (kCancelled) stays in the history as far as it came; after any other failure the
  // message is forgotten.
  [[nodiscard]] Result<backend::Summary> ask(std::string message, const Sink& sink);

  // Cancels the answer under way.
  void interrupt() { interrupted_.store(true); }

  void clear() { history_.clear(); }
  [[nodiscard]] const std::vector<text::ChatMessage>& history() const { return history_; }
  [[nodiscard]] ConversationSettings& settings() { return settings_; }
  [[nodiscard]] backend::Backend& backend() { return backend_; }

 private:
  [[nodiscard]] backend::Request make_request() const;

  backend::Backend& backend_;
  ConversationSettings settings_;
  std::vector<text::ChatMessage> history_;  // without the system message
  std::atomic<bool> interrupted_{false};
};

}  // namespace samovar::app
