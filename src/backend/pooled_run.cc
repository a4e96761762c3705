#include "backend/pooled_run.h"

#include <algorithm>
#include <utility>

namespace samovar::backend {

bool is_worth_another_try(Code code) {
  return speaks_against_upstream(code) || code == Code::kBusy || code == Code::kNotFound ||
         code == Code::kOutOfMemory;
}

bool speaks_against_upstream(Code code) { return code == Code::kUnavailable || code == Code::kTimeout; }

Error join_failures(const std::vector<Error>& failures) {
  if (failures.empty()) return {Code::kUnavailable, "no upstream is left to ask"};
  if (failures.size() == 1) return failures.front();
  // What they agree on is the answer; else that none could give one.
  const bool same = std::all_of(failures.begin(), failures.end(),
                                [&](const Error& error) { return error.code == failures.front().code; });
  const bool any_busy = std::any_of(failures.begin(), failures.end(),
                                    [](const Error& error) { return error.code == Code::kBusy; });
  Error out{same ? failures.front().code : any_busy ? Code::kBusy : Code::kUnavailable, ""};
  for (const Error& error : failures) {
    if (out.message.find(error.message) != std::string::npos) continue;
    out.message += (out.message.empty() ? "" : "; ") + error.message;
  }
  return out;
}

// Events of one attempt; those of an attempt that was left are not passed on.
class PooledRun::Attempt : public Listener {
 public:
  Attempt(std::shared_ptr<PooledRun> owner, int64_t number) : owner_(std::move(owner)), number_(number) {}

  void on_queued(int64_t place) override {
    if (is_current()) owner_->listener_->on_queued(place);
  }
  void on_started() override {
    {
      const std::lock_guard lock(owner_->mutex_);
      if (owner_->attempt_ != number_ || owner_->leaving_ || std::exchange(owner_->told_started_, true))
        return;
    }
    owner_->listener_->on_started();
  }
  void on_piece(Piece piece) override {
    {
      const std::lock_guard lock(owner_->mutex_);
      if (owner_->attempt_ != number_ || owner_->leaving_) return;
      owner_->has_spoken_ = true;
    }
    owner_->listener_->on_piece(std::move(piece));
  }
  void on_done(Summary summary) override {
    size_t upstream = 0;
    bool unheard = false;
    {
      const std::lock_guard lock(owner_->mutex_);
      if (owner_->ended_ || owner_->attempt_ != number_) return;
      unheard = owner_->leaving_;
      upstream = owner_->upstream_;
      owner_->ended_ = !unheard;
      owner_->run_.reset();
    }
    // It came to its end before it could be broken off, and its words were not passed on.
    if (unheard) return owner_->take_failure(number_, {Code::kCancelled, ""});
    owner_->parts_.board->leave(upstream, UpstreamBoard::Outcome::kAnswered);
    owner_->parts_.board->remember(upstream, owner_->wanted_.conversation);
    owner_->listener_->on_done(std::move(summary));
  }
  void on_failed(Error error) override { owner_->take_failure(number_, std::move(error)); }

 private:
  [[nodiscard]] bool is_current() const {
    const std::lock_guard lock(owner_->mutex_);
    return owner_->attempt_ == number_ && !owner_->leaving_;
  }

  std::shared_ptr<PooledRun> owner_;
  int64_t number_;
};

PooledRun::PooledRun(Parts parts, Request request, std::shared_ptr<Listener> listener)
    : parts_(std::move(parts)),
      request_(std::move(request)),
      listener_(std::move(listener)),
      wanted_{.model = request_.model, .conversation = conversation_keys(request_), .tried = {}} {}

void PooledRun::start() { ask_next(); }

int64_t PooledRun::left_ms() const {
  const auto passed = std::chrono::steady_clock::now() - begun_;
  return request_.deadline_ms - std::chrono::duration_cast<std::chrono::milliseconds>(passed).count();
}

void PooledRun::ask_next() {
  Request request = request_;
  if (request.deadline_ms > 0) request.deadline_ms = std::max<int64_t>(1, left_ms());
  int64_t attempt = 0;
  size_t upstream = 0;
  std::optional<Error> none;
  {
    const std::lock_guard lock(mutex_);
    const std::optional<size_t> chosen = parts_.board->choose(wanted_);
    if (chosen) {
      wanted_.tried.insert(*chosen);
      upstream = upstream_ = *chosen;
      attempt = ++attempt_;
      leaving_ = false;
    } else {
      ended_ = true;
      none = join_failures(failures_);
    }
  }
  if (none) return listener_->on_failed(*std::move(none));
  attach(attempt,
         parts_.ask(upstream, std::move(request), std::make_shared<Attempt>(shared_from_this(), attempt)));
}

void PooledRun::attach(int64_t attempt, std::shared_ptr<Run> run) {
  {
    const std::lock_guard lock(mutex_);
    if (ended_ || attempt_ != attempt) return;
    run_ = run;
    if (!cancelled_ && !leaving_) return;
  }
  run->cancel();
}

void PooledRun::cancel() {
  std::shared_ptr<Run> run;
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    run = run_;
  }
  if (run) run->cancel();
}

void PooledRun::leave(size_t upstream) {
  std::shared_ptr<Run> run;
  {
    const std::lock_guard lock(mutex_);
    if (ended_ || cancelled_ || has_spoken_ || upstream_ != upstream) return;
    leaving_ = true;
    run = run_;
  }
  if (run) run->cancel();
}

void PooledRun::take_failure(int64_t attempt, Error error) {
  size_t upstream = 0;
  bool again = false;
  bool was_cancelled = false;
  const bool has_time = request_.deadline_ms <= 0 || left_ms() > 0;
  {
    const std::lock_guard lock(mutex_);
    if (ended_ || attempt_ != attempt) return;
    upstream = upstream_;
    run_.reset();
    was_cancelled = cancelled_;
    if (leaving_ && error.code == Code::kCancelled) {
      error = {Code::kUnavailable, parts_.board->place(upstream) + " went down before its answer began"};
    }
    again = !was_cancelled && !has_spoken_ && has_time && is_worth_another_try(error.code);
    if (again) failures_.push_back(error);
    if (!again || wanted_.tried.size() >= parts_.board->size()) ended_ = true;
    if (again && ended_) error = join_failures(failures_);
    again = again && !ended_;
  }
  if (speaks_against_upstream(error.code) && !was_cancelled && has_time) {
    parts_.board->set_aside(upstream, error.message);
    parts_.suspect(upstream);
  }
  using Outcome = UpstreamBoard::Outcome;
  parts_.board->leave(upstream, again                            ? Outcome::kMoved
                                : error.code == Code::kCancelled ? Outcome::kCancelled
                                                                 : Outcome::kFailed);
  if (again) return ask_next();
  listener_->on_failed(std::move(error));
}

}  // namespace samovar::backend
