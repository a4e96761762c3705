#include "http/exchange.h"

#include <utility>

namespace samovar::http {

class Exchange::Writer final : public ResponseWriter {
 public:
  explicit Writer(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() override { exchange_->abandon(); }

  void send(Response response) override { exchange_->send(std::move(response)); }
  void start(int status, Headers headers) override { exchange_->start(status, std::move(headers)); }
  bool write(std::string piece) override { return exchange_->write(std::move(piece)); }
  void finish() override { exchange_->finish(); }
  void on_disconnect(std::function<void()> callback) override {
    exchange_->on_disconnect(std::move(callback));
  }

 private:
  std::shared_ptr<Exchange> exchange_;
};

Exchange::Exchange(std::function<void()> wake, size_t max_queued_bytes)
    : wake_(std::move(wake)), max_queued_bytes_(max_queued_bytes) {}

std::shared_ptr<ResponseWriter> Exchange::make_writer(std::shared_ptr<Exchange> exchange) {
  return std::make_shared<Writer>(std::move(exchange));
}

// Leaves the lock before the call: `wake_` may take locks of its own.
void Exchange::wake_locked(std::unique_lock<std::mutex>& lock) {
  if (std::exchange(wake_pending_, true)) return;
  lock.unlock();
  wake_();
}

void Exchange::send(Response response) {
  std::function<void()> dropped;  // destroyed outside the lock: it may own much
  std::unique_lock lock(mutex_);
  if (answered_) return;
  answered_ = finished_ = pending_.finished = true;
  pending_.whole = std::move(response);
  dropped.swap(on_disconnect_);
  wake_locked(lock);
}

void Exchange::start(int status, Headers headers) {
  std::unique_lock lock(mutex_);
  if (answered_ || gone_) return;
  answered_ = true;
  pending_.started = Response{.status = status, .headers = std::move(headers), .body = {}};
  wake_locked(lock);
}

bool Exchange::write(std::string piece) {
  std::unique_lock lock(mutex_);
  if (gone_ || finished_ || !answered_ || pending_.broken) return false;
  if (piece.empty()) return true;
  if (queued_bytes_ > 0 && queued_bytes_ + piece.size() > max_queued_bytes_) {
    pending_.broken = true;  // the connection calls peer_gone(): never from inside a handler's write()
    wake_locked(lock);
    return false;
  }
  queued_bytes_ += piece.size();
  pending_.pieces.push_back(std::move(piece));
  wake_locked(lock);
  return true;
}

void Exchange::finish() {
  std::function<void()> dropped;
  std::unique_lock lock(mutex_);
  if (finished_ || !(answered_ || gone_)) return;
  finished_ = pending_.finished = true;
  dropped.swap(on_disconnect_);
  wake_locked(lock);
}

void Exchange::abandon() {
  std::function<void()> dropped;
  std::unique_lock lock(mutex_);
  if (finished_) return;
  finished_ = pending_.finished = true;
  if (answered_) {
    pending_.broken = true;
  } else {
    answered_ = true;
    pending_.whole =
        Response{.status = 500, .headers = {{"Content-Type", "text/plain"}}, .body = "no answer"};
  }
  dropped.swap(on_disconnect_);
  wake_locked(lock);
}

void Exchange::on_disconnect(std::function<void()> callback) {
  std::unique_lock lock(mutex_);
  if (finished_) return;
  if (!gone_) {
    on_disconnect_ = std::move(callback);
    return;
  }
  lock.unlock();
  callback();
}

Exchange::Taken Exchange::take() {
  const std::lock_guard lock(mutex_);
  wake_pending_ = false;
  queued_bytes_ = 0;
  Taken taken = std::exchange(pending_, Taken{});
  pending_.finished = taken.finished;
  return taken;
}

bool Exchange::is_answered() {
  const std::lock_guard lock(mutex_);
  return answered_;
}

void Exchange::peer_gone() {
  std::function<void()> callback;
  {
    const std::lock_guard lock(mutex_);
    if (gone_) return;
    gone_ = true;
    callback.swap(on_disconnect_);
  }
  if (callback) callback();
}

}  // namespace samovar::http
