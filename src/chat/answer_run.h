// One answer of a stored chat on its way: the backend's events become numbered lines that anybody may follow,
// and the text is kept whatever way it ends. It goes on when nobody listens.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "chat/begin_run.h"
#include "chat/event_log.h"
#include "chat/events.h"

namespace samovar::chat {

struct Service;

// Thread-safe. Lives as long as the backend or the registry needs it.
class AnswerRun : public backend::Listener, public std::enable_shared_from_this<AnswerRun> {
 public:
  AnswerRun(std::shared_ptr<Service> service, std::string id, BegunRun begun);

  void open();   // writes the first line
  void start();  // asks the backend
  // Ends the answer within one token, as its user wishes.
  void stop();
  // Ends it because the server ends: it counts as cut off.
  void interrupt();

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const history::Chat& chat() const { return begun_.chat; }
  [[nodiscard]] const std::string& answer_id() const { return begun_.answer.id; }
  [[nodiscard]] std::string question_id() const { return begun_.question ? begun_.question->id : ""; }
  [[nodiscard]] const std::shared_ptr<EventLog>& log() const { return log_; }
  [[nodiscard]] int64_t place() const;

  void on_queued(int64_t place) override;
  void on_started() override;
  void on_piece(backend::Piece piece) override;
  void on_done(backend::Summary summary) override;
  void on_failed(Error error) override;

 private:
  void ask();
  void attach(std::shared_ptr<backend::Run> run);
  void cancel();
  void tell_loading(const Result<std::vector<backend::LoadedModel>>& loaded);
  bool ask_for_less(const Error& error);
  void save_partly(int64_t now);
  struct Ending {
    history::MessageState state = history::MessageState::kComplete;
    std::string type;  // of the last line
    AnswerStats stats;
    Error error;  // kFailed
  };
  void end(Ending ending);
  void tell_end(const Ending& ending, const Result<void>& saved);
  void want_title();
  // These under the lock.
  void start_text();
  [[nodiscard]] AnswerStats measure(int64_t tokens) const;
  [[nodiscard]] int64_t budget() const;

  const std::shared_ptr<Service> service_;
  const std::string id_;
  const BegunRun begun_;
  const std::string settings_;
  const std::string model_;
  const int64_t begin_ns_;
  const std::shared_ptr<EventLog> log_ = std::make_shared<EventLog>();

  mutable std::mutex mutex_;           // of all that follows; only the log is called while it is held
  std::shared_ptr<backend::Run> run_;  // until the end
  history::Message answer_;
  size_t base_bytes_ = 0;  // of the content that was there before (an answer that is carried on)
  int64_t prompt_bytes_ = 0;
  int64_t at_least_unseen_ = 0;
  std::string first_seen_;  // id of the oldest message that the model was given
  int64_t n_asked_ = 0;
  int64_t first_piece_ns_ = 0;
  int64_t first_text_ns_ = 0;
  int64_t saved_ns_ = 0;  // when the text was last handed to the archive
  bool saving_ = false;
  int64_t n_pieces_ = 0;
  int64_t context_length_ = 0;
  int64_t queue_place_ = 0;
  bool text_started_ = false;
  bool stopping_ = false;    // on request of the user
  bool cancelling_ = false;  // for whatever reason
  bool ended_ = false;
};

}  // namespace samovar::chat
