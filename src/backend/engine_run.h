// A generation of the built-in engine as the backend's callers see it: a handle to cancel it, and the
// translation of the engine's events.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

#include "backend/backend.h"
#include "backend/thinking_splitter.h"
#include "backend/tool_call_parser.h"
#include "engine/engine.h"

namespace samovar::backend {

class EngineRun : public Run, public engine::GenerationListener {
 public:
  struct Settings {
    bool splits_thinking = false;
    bool thinking_open = false;
    bool wants_context = false;  // the summary carries the token ids
    std::string tool_tag;        // see ToolCallParser; only with tool_names
    std::vector<std::string> tool_names;
    int64_t dropped_messages = 0;
    int64_t dropped_tokens = 0;
    int64_t load_ns = 0;
    int64_t n_ctx = 0;
  };

  // `started`: when the request came in.
  EngineRun(std::shared_ptr<Listener> listener, engine::SteadyTime started)
      : listener_(std::move(listener)), started_(started) {}

  void cancel() override;
  [[nodiscard]] bool cancelled() const { return cancelled_.load(); }

  // Before the generation is submitted.
  void configure(const Settings& settings);
  // After; a cancel() that came in between is passed on.
  void attach(std::shared_ptr<engine::Generation> generation);

  // Ends without an engine: loading, unloading, failures before submission.
  void finish(std::string done_reason, int64_t load_ns);
  void fail(Error error) { listener_->on_failed(std::move(error)); }

  void on_queued(int64_t place) override { listener_->on_queued(place); }
  void on_started() override { listener_->on_started(); }
  void on_text(std::string text, std::vector<engine::TokenText> logprobs) override;
  void on_done(engine::GenerationStats stats) override;
  void on_failed(Error error) override { listener_->on_failed(std::move(error)); }

 private:
  [[nodiscard]] int64_t elapsed_ns() const;
  void add_content(Piece& piece, std::string content);

  std::shared_ptr<Listener> listener_;
  engine::SteadyTime started_;
  Settings settings_;
  std::optional<ThinkingSplitter> splitter_;
  std::optional<ToolCallParser> tools_;
  std::atomic<bool> cancelled_{false};
  std::mutex mutex_;
  std::shared_ptr<engine::Generation> generation_;  // guarded by mutex_
};

}  // namespace samovar::backend
