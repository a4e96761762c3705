#include "backend/gate.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "base/clock.h"
#include "catalog/name.h"

namespace samovar::backend {
namespace {

constexpr double kNewestWeight = 0.2;  // of the last answer in the average

double to_seconds(int64_t ns) { return static_cast<double>(ns) * 1e-9; }

std::string shown_model(const std::string& model) {
  const auto name = catalog::parse_name(model);
  return name ? name->display() : model;
}

Error full_error() {
  return {Code::kBusy, "server busy, please try again.  maximum pending requests exceeded"};
}

Error too_many_error(size_t most) {
  return {Code::kTooManyRequests, "you have " + std::to_string(most) +
                                      " answers under way or in line already: wait until one has ended"};
}

class EndedRun : public Run {
 public:
  void cancel() override {}
};

}  // namespace

double QueueState::expected_wait_seconds(int64_t place) const {
  if (place <= 0 || answer_seconds <= 0) return 0;
  return static_cast<double>(place) * answer_seconds / static_cast<double>(std::max<size_t>(1, running));
}

// Who waits and who is being answered. Thread-safe.
class Gate::Book {
 public:
  struct Entry {
    QueuedRequest request;
    int64_t joined_ns = 0;
    int64_t started_ns = 0;
  };
  using Place = std::list<Entry>::iterator;

  explicit Book(GateOptions options) : options_(std::move(options)) {
    if (!options_.now_ns) options_.now_ns = steady_ns;
  }

  // kBusy when the line is full. A request that a free place awaits is not waiting, though its turn has
  // not come yet: so the sum counts too.
  Result<Place> join(QueuedRequest request) {
    const std::lock_guard lock(mutex_);
    if (is_full_with(0)) return full_error();
    const auto is_theirs = [&](const Entry& entry) { return entry.request.client == request.client; };
    const size_t most = options_.max_per_client;
    if (most > 0 &&
        std::count_if(entries_.begin(), entries_.end(), is_theirs) >= static_cast<std::ptrdiff_t>(most))
      return too_many_error(most);
    ++n_waiting_;
    entries_.push_back({std::move(request), now(), 0});
    return std::prev(entries_.end());
  }

  [[nodiscard]] bool is_full(size_t n_coming) const {
    const std::lock_guard lock(mutex_);
    return is_full_with(n_coming);
  }

  void set_place(Place at, int64_t place) {
    const std::lock_guard lock(mutex_);
    at->request.place = place;
  }

  void start(Place at) {
    const std::lock_guard lock(mutex_);
    if (!at->request.waiting) return;
    at->request.waiting = false;
    at->request.place = 0;
    at->started_ns = now();
    --n_waiting_;
    measures_.queue_wait_seconds.observe(to_seconds(at->started_ns - at->joined_ns));
  }

  // `answered`: it counts for the average.
  void leave(Place at, bool answered) {
    const std::lock_guard lock(mutex_);
    if (at->request.waiting) {
      --n_waiting_;
    } else if (answered) {
      const double seconds = to_seconds(now() - at->started_ns);
      answer_seconds_ =
          answer_seconds_ <= 0 ? seconds : answer_seconds_ + kNewestWeight * (seconds - answer_seconds_);
    }
    entries_.erase(at);
  }

  [[nodiscard]] QueueState read() const {
    const std::lock_guard lock(mutex_);
    QueueState out;
    std::set<std::string> clients;
    const int64_t time = now();
    int64_t n_before = 0;
    for (const Entry& entry : entries_) {
      QueuedRequest request = entry.request;
      request.waited_ns = (request.waiting ? time : entry.started_ns) - entry.joined_ns;
      request.answering_ns = request.waiting ? 0 : time - entry.started_ns;
      if (request.waiting) {
        clients.insert(request.client);
        // The backend tells the place once the model is in memory.
        if (++n_before; request.place == 0) request.place = n_before;
      }
      out.requests.push_back(std::move(request));
    }
    out.waiting = n_waiting_;
    out.running = entries_.size() - n_waiting_;
    out.waiting_clients = clients.size();
    out.max_waiting = options_.max_waiting;
    out.parallel = options_.parallel;
    out.answer_seconds = answer_seconds_;
    return out;
  }

  void tell_tokens(CountTokens count_tokens) { count_tokens_ = std::move(count_tokens); }
  void count_tokens(const std::string& user, int64_t tokens) const {
    if (count_tokens_ && !user.empty()) count_tokens_(user, tokens);
  }

  [[nodiscard]] int64_t now() const { return options_.now_ns(); }
  [[nodiscard]] Measures& measures() { return measures_; }

 private:
  [[nodiscard]] bool is_full_with(size_t n_coming) const {
    return n_waiting_ + n_coming >= options_.max_waiting &&
           entries_.size() + n_coming >= options_.max_waiting + options_.parallel;
  }

  GateOptions options_;
  CountTokens count_tokens_;  // not changed once there are requests
  Measures measures_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;   // guarded by mutex_
  size_t n_waiting_ = 0;       // guarded by mutex_
  double answer_seconds_ = 0;  // guarded by mutex_
};

// An answer under way: passes the backend's events on and notes them.
class Gate::Pass : public Listener {
 public:
  Pass(std::shared_ptr<Book> book, Book::Place at, std::string user, std::shared_ptr<Listener> listener)
      : book_(std::move(book)),
        at_(at),
        listener_(std::move(listener)),
        model_(at->request.model),
        user_(std::move(user)) {
    joined_ns_ = book_->now();
  }

  void on_queued(int64_t place) override {
    {
      const std::lock_guard lock(mutex_);
      if (is_inside_) book_->set_place(at_, place);
    }
    listener_->on_queued(place);
  }
  void on_started() override {
    note_start();
    listener_->on_started();
  }
  void on_piece(Piece piece) override {
    note_start();
    const int64_t now = book_->now();
    if (last_piece_ns_ == 0) {
      book_->measures().first_token_seconds.observe(to_seconds(now - joined_ns_));
    } else {
      book_->measures().between_tokens_seconds.observe(to_seconds(now - last_piece_ns_));
    }
    last_piece_ns_ = now;
    ++n_pieces_;
    listener_->on_piece(std::move(piece));
  }
  void on_done(Summary summary) override {
    book_->measures().count_answer(summary.done_reason);
    book_->measures().add_tokens(
        shown_model(model_),
        {.prompt = summary.prompt_tokens, .cached = summary.cached_tokens, .answer = summary.answer_tokens});
    book_->count_tokens(user_, summary.prompt_tokens - summary.cached_tokens + summary.answer_tokens);
    leave(true);
    listener_->on_done(std::move(summary));
  }
  void on_failed(Error error) override {
    book_->measures().count_answer(std::string(to_string(error.code)));
    // Nobody sums up what was broken off: what has come of it was computed all the same.
    book_->count_tokens(user_, n_pieces_);
    leave(false);
    listener_->on_failed(std::move(error));
  }

  // A request that is cancelled while it waits leaves the line at once, whenever the backend notices.
  void leave_line() {
    const std::lock_guard lock(mutex_);
    if (is_started_ || !is_inside_) return;
    is_inside_ = false;
    book_->leave(at_, false);
  }

 private:
  void note_start() {
    const std::lock_guard lock(mutex_);
    if (!is_inside_ || std::exchange(is_started_, true)) return;
    book_->start(at_);
  }
  void leave(bool answered) {
    const std::lock_guard lock(mutex_);
    if (std::exchange(is_inside_, false)) book_->leave(at_, answered);
  }

  std::shared_ptr<Book> book_;
  Book::Place at_;  // while is_inside_
  std::shared_ptr<Listener> listener_;
  std::string model_;
  std::string user_;
  int64_t joined_ns_ = 0;
  int64_t last_piece_ns_ = 0;
  int64_t n_pieces_ = 0;
  std::mutex mutex_;
  bool is_inside_ = true;    // guarded by mutex_
  bool is_started_ = false;  // guarded by mutex_
};

class Gate::GatedRun : public Run {
 public:
  GatedRun(std::shared_ptr<Run> run, std::shared_ptr<Pass> pass)
      : run_(std::move(run)), pass_(std::move(pass)) {}
  void cancel() override {
    pass_->leave_line();
    if (run_) run_->cancel();
  }

 private:
  std::shared_ptr<Run> run_;
  std::shared_ptr<Pass> pass_;
};

Gate::Gate(std::shared_ptr<Backend> inner, GateOptions options)
    : inner_(std::move(inner)), book_(std::make_shared<Book>(std::move(options))) {}

QueueState Gate::read_queue() const { return book_->read(); }

bool Gate::is_full(size_t n_coming) const { return book_->is_full(n_coming); }

const Measures& Gate::measures() const { return book_->measures(); }

void Gate::tell_tokens(CountTokens count_tokens) { book_->tell_tokens(std::move(count_tokens)); }

int64_t Gate::retry_after_seconds() const {
  constexpr double kUnknown = 5;
  const QueueState state = read_queue();
  const double wait = state.answer_seconds > 0 ? state.expected_wait_seconds(1) : kUnknown;
  return static_cast<int64_t>(std::clamp(std::ceil(wait), 1.0, 600.0));
}

std::shared_ptr<Run> Gate::generate(Request request, std::shared_ptr<Listener> listener) {
  const auto at = book_->join({.id = request.id, .client = request.client, .model = request.model});
  if (!at) {
    book_->measures().count_answer(std::string(to_string(at.error().code)));
    listener->on_failed(at.error());
    return std::make_shared<EndedRun>();
  }
  const auto pass = std::make_shared<Pass>(book_, *at, request.user, std::move(listener));
  auto run = inner_->generate(std::move(request), pass);
  return std::make_shared<GatedRun>(std::move(run), pass);
}

void Gate::embed(EmbedRequest request, Callback<Embeddings> callback) {
  const auto at = book_->join({.id = {}, .client = request.client, .model = request.model});
  if (!at) return callback(at.error());
  const std::string model = request.model;
  const std::string user = request.user;
  inner_->embed(std::move(request), [book = book_, at = *at, model, user,
                                     callback = std::move(callback)](Result<Embeddings> found) {
    if (found) book->measures().add_tokens(shown_model(model), {.embedded = found->tokens});
    if (found) book->count_tokens(user, found->tokens);
    book->leave(at, false);
    callback(std::move(found));
  });
}

}  // namespace samovar::backend
