#include "accounts/live_streams.h"

#include <utility>
#include <vector>

namespace samovar::accounts {
namespace {

constexpr int kLookEveryMs = 4'000;

}  // namespace

bool Pass::holds(const Known& known, int64_t now_s) const {
  if (known.session_ended || (expires_s != 0 && expires_s <= now_s)) return false;
  if (!needs_user) return true;
  if (!known.user || known.user->state != history::UserState::kActive) return false;
  return inquiry.session.empty() || known.user->session_epoch == epoch;
}

class LiveStreams::Stream : public http::ResponseWriter, public std::enable_shared_from_this<Stream> {
 public:
  Stream(std::weak_ptr<LiveStreams> all, std::shared_ptr<http::ResponseWriter> inner, Pass pass)
      : all_(std::move(all)), inner_(std::move(inner)), pass_(std::move(pass)) {}

  void send(http::Response response) override { inner_->send(std::move(response)); }
  void start(int status, http::Headers headers) override {
    inner_->start(status, std::move(headers));
    if (const auto all = all_.lock()) all->add(weak_from_this());
  }
  bool write(std::string piece) override { return !is_cut() && inner_->write(std::move(piece)); }
  void finish() override {
    if (!is_cut()) inner_->finish();
  }
  void on_disconnect(std::function<void()> callback) override {
    {
      const std::lock_guard lock(mutex_);
      on_disconnect_ = std::move(callback);
    }
    inner_->on_disconnect([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->tell_gone();
    });
  }

  // As when the client goes away, but for the proper end of the answer.
  void cut() {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(cut_, true)) return;
    }
    inner_->finish();
    tell_gone();
  }

  [[nodiscard]] const Pass& pass() const { return pass_; }

 private:
  [[nodiscard]] bool is_cut() {
    const std::lock_guard lock(mutex_);
    return cut_;
  }
  void tell_gone() {
    std::function<void()> callback;
    {
      const std::lock_guard lock(mutex_);
      callback.swap(on_disconnect_);
    }
    if (callback) callback();
  }

  std::weak_ptr<LiveStreams> all_;
  std::shared_ptr<http::ResponseWriter> inner_;
  Pass pass_;
  std::mutex mutex_;
  bool cut_ = false;                     // guarded by mutex_
  std::function<void()> on_disconnect_;  // guarded by mutex_
};

LiveStreams::LiveStreams(Directory& directory, PostLater post_later, std::function<int64_t()> wall_ms)
    : directory_(directory), post_later_(std::move(post_later)), wall_ms_(std::move(wall_ms)) {}

std::shared_ptr<http::ResponseWriter> LiveStreams::watch(std::shared_ptr<http::ResponseWriter> inner,
                                                         Pass pass) {
  if (!post_later_) return inner;
  return std::make_shared<Stream>(weak_from_this(), std::move(inner), std::move(pass));
}

void LiveStreams::add(std::weak_ptr<Stream> stream) {
  {
    const std::lock_guard lock(mutex_);
    streams_.push_back(std::move(stream));
    if (std::exchange(looking_, true)) return;
  }
  post_later_(
      [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->look();
      },
      kLookEveryMs);
}

void LiveStreams::look() {
  std::vector<std::shared_ptr<Stream>> alive;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(streams_, [](const auto& stream) { return stream.expired(); });
    for (const auto& stream : streams_) {
      if (auto held = stream.lock()) alive.push_back(std::move(held));
    }
    looking_ = !streams_.empty();
    if (!looking_) return;
  }
  for (const auto& stream : alive) {
    const auto judge = [weak = std::weak_ptr<Stream>(stream), now_s = wall_ms_() / 1000](const Known& known) {
      const auto held = weak.lock();
      if (held && !held->pass().holds(known, now_s)) held->cut();
    };
    if (const auto known = directory_.peek(stream->pass().inquiry)) {
      judge(*known);
    } else {
      // A store that cannot be read ends nothing.
      directory_.ask(stream->pass().inquiry, [judge](const Result<Known>& read) {
        if (read) judge(*read);
      });
    }
  }
  post_later_(
      [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->look();
      },
      kLookEveryMs);
}

}  // namespace samovar::accounts
