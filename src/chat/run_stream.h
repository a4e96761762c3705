// One answer on its way to the page: the backend's events become lines of the stream, and the text becomes
// part of the history whatever way it ends.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "backend/backend.h"
#include "chat/endpoints.h"
#include "chat/events.h"

namespace samovar::chat {

// Thread-safe. Lives as long as the backend or the connection needs it.
class RunStream : public backend::Listener, public std::enable_shared_from_this<RunStream> {
 public:
  struct Target {
    std::string chat;      // claimed in context->runs; released at the end
    uint64_t version = 0;  // of the history that is answered
    std::string model;
  };

  RunStream(Context context, Target target, std::shared_ptr<http::ResponseWriter> writer);

  // Writes the first line, asks the backend and returns at once.
  void start(backend::Request request);

  // Ends the answer within one token.
  void stop();

  void on_queued(int64_t place) override;
  void on_started() override;
  void on_piece(backend::Piece piece) override;
  void on_done(backend::Summary summary) override;
  void on_failed(Error error) override;

 private:
  void tell_loading(const Result<std::vector<backend::LoadedModel>>& loaded);
  void attach(std::shared_ptr<backend::Run> run);
  void cancel();
  enum class Part { kWhole, kPartial };
  void end(Part part, const std::string& last_line);
  void with_lock(const std::function<void()>& body);
  // These three under the lock.
  void write(std::string line);
  void start_text();
  [[nodiscard]] AnswerStats measure(int64_t tokens) const;
  [[nodiscard]] int64_t now_ns() const;

  const Context context_;
  const Target target_;
  const std::shared_ptr<http::ResponseWriter> writer_;
  const int64_t begin_ns_;

  mutable std::mutex mutex_;           // of all that follows; no callback is made while it is held
  std::shared_ptr<backend::Run> run_;  // until the end
  std::string text_;
  int64_t first_text_ns_ = 0;
  int64_t n_pieces_ = 0;
  int64_t context_length_ = 0;  // as the list of loaded models says
  int64_t queue_place_ = 0;
  bool text_started_ = false;
  bool reader_gone_ = false;
  bool stopping_ = false;    // on request of the user
  bool cancelling_ = false;  // for that, or because nobody reads any more
  bool ended_ = false;
};

}  // namespace samovar::chat
