#include "app/conversation.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

namespace samovar::app {
namespace {

// Carries a generation from the backend's thread to the one that waits for it.
class Collector : public backend::Listener {
 public:
  void on_piece(backend::Piece piece) override {
    const std::lock_guard lock(mutex_);
    pieces_.push_back(std::move(piece));
    changed_.notify_one();
  }
  void on_done(backend::Summary summary) override { end(std::move(summary)); }
  void on_failed(Error error) override { end(std::move(error)); }

  struct News {
    std::deque<backend::Piece> pieces;
    bool ended = false;
  };

  // What came since the last call; waits a little when nothing did, so that an interrupt is seen.
  News next() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(50),
                      [this] { return !pieces_.empty() || end_.has_value(); });
    return {std::exchange(pieces_, {}), end_.has_value()};
  }

  // After next() said `ended`.
  Result<backend::Summary> result() {
    const std::lock_guard lock(mutex_);
    return *end_;
  }

 private:
  void end(Result<backend::Summary> result) {
    const std::lock_guard lock(mutex_);
    end_ = std::move(result);
    changed_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<backend::Piece> pieces_;
  std::optional<Result<backend::Summary>> end_;
};

}  // namespace

Conversation::Conversation(backend::Backend& backend, ConversationSettings settings)
    : backend_(backend), settings_(std::move(settings)) {}

backend::Request Conversation::make_request() const {
  backend::Request request;
  request.model = settings_.model;
  request.format_json = settings_.format_json;
  request.think = settings_.think;
  request.think_level = settings_.think_level;
  request.options = settings_.options;
  request.keep_alive_ns = settings_.keep_alive_ns;
  return request;
}

Result<void> Conversation::load() {
  const auto collector = std::make_shared<Collector>();
  const std::shared_ptr<backend::Run> run = backend_.generate(make_request(), collector);
  while (!collector->next().ended) {
    if (interrupted_.exchange(false)) run->cancel();
  }
  const Result<backend::Summary> result = collector->result();
  if (!result) return result.error();
  return {};
}

Result<backend::Summary> Conversation::ask(std::string message, const Sink& sink) {
  if (!settings_.keep_history) history_.clear();
  history_.push_back({.role = "user", .content = std::move(message)});
  backend::Request request = make_request();
  if (settings_.system) request.messages.push_back({.role = "system", .content = *settings_.system});
  request.messages.insert(request.messages.end(), history_.begin(), history_.end());

  interrupted_ = false;
  const auto collector = std::make_shared<Collector>();
  const std::shared_ptr<backend::Run> run = backend_.generate(std::move(request), collector);
  text::ChatMessage answer = {.role = "assistant"};
  for (bool ended = false; !ended;) {
    Collector::News news = collector->next();
    ended = news.ended;
    for (const backend::Piece& piece : news.pieces) {
      answer.thinking += piece.thinking;
      answer.content += piece.content;
      if (!piece.thinking.empty()) sink(piece.thinking, true);
      if (!piece.content.empty()) sink(piece.content, false);
    }
    if (interrupted_.exchange(false)) run->cancel();
  }
  Result<backend::Summary> result = collector->result();
  if (result || result.error().code == Code::kCancelled) {
    history_.push_back(std::move(answer));
  } else {
    history_.pop_back();
  }
  return result;
}

}  // namespace samovar::app
