#include "backend/upstream_pool.h"

#include <algorithm>
#include <utility>

#include "backend/pooled_run.h"
#include "backend/upstream_watch.h"

namespace samovar::backend {
namespace {

using Outcome = UpstreamBoard::Outcome;

// A question that has one answer: asked of one upstream after the other until one gives it, or the failure is
// the question's own.
template <typename T>
class QuestionInTurn : public std::enable_shared_from_this<QuestionInTurn<T>> {
 public:
  using Ask = std::function<void(Backend&, Callback<T>)>;
  QuestionInTurn(std::shared_ptr<UpstreamWatch> watch, std::string model, Ask ask, Callback<T> callback)
      : watch_(std::move(watch)), ask_(std::move(ask)), callback_(std::move(callback)) {
    wanted_.model = std::move(model);
  }

  void ask_next() {
    const std::optional<size_t> upstream = watch_->board().choose(wanted_);
    if (!upstream) return callback_(join_failures(failures_));
    wanted_.tried.insert(*upstream);
    const bool asked = watch_->with(*upstream, [&](Backend& backend) {
      ask_(backend, [self = this->shared_from_this(), at = *upstream](const Result<T>& result) {
        self->take(at, result);
      });
    });
    if (!asked) take(*upstream, Error{Code::kCancelled, "the server is stopping"});
  }

 private:
  void take(size_t upstream, const Result<T>& result) {
    UpstreamBoard& board = watch_->board();
    // A check may be long to come: this is a sign of life.
    if (result && !board.is_up(upstream)) watch_->suspect(upstream);
    if (result || !is_worth_another_try(result.error().code)) {
      board.leave(upstream, Outcome::kCancelled);
      return callback_(result);
    }
    if (speaks_against_upstream(result.error().code)) watch_->suspect(upstream);
    failures_.push_back(result.error());
    board.leave(upstream, Outcome::kMoved);
    ask_next();
  }

  std::shared_ptr<UpstreamWatch> watch_;
  Ask ask_;
  Callback<T> callback_;
  UpstreamBoard::Wanted wanted_;
  std::vector<Error> failures_;
};

template <typename T>
void ask_in_turn(const std::shared_ptr<UpstreamWatch>& watch, std::string model,
                 typename QuestionInTurn<T>::Ask ask, Callback<T> callback) {
  std::make_shared<QuestionInTurn<T>>(watch, std::move(model), std::move(ask), std::move(callback))
      ->ask_next();
}

// What all upstreams say, in the order in which they were named.
template <typename T>
struct Gathered {
  std::mutex mutex;
  std::vector<Result<std::vector<T>>> answers;  // guarded by mutex
  size_t n_left = 0;                            // guarded by mutex
  Callback<std::vector<T>> callback;
};

const std::string& name_of(const ModelSummary& model) { return model.name; }
const std::string& name_of(const LoadedModel& model) { return model.summary.name; }

template <typename T>
Result<std::vector<T>> merge(std::vector<Result<std::vector<T>>>& answers) {
  std::vector<T> merged;
  std::vector<Error> failures;
  for (Result<std::vector<T>>& answer : answers) {
    if (!answer) {
      failures.push_back(answer.error());
      continue;
    }
    for (T& item : *answer) {
      const bool known = std::any_of(merged.begin(), merged.end(),
                                     [&](const T& other) { return name_of(other) == name_of(item); });
      if (!known) merged.push_back(std::move(item));
    }
  }
  if (failures.size() == answers.size()) return join_failures(failures);
  return merged;
}

template <typename T>
void gather(const std::shared_ptr<UpstreamWatch>& watch,
            const std::function<void(Backend&, Callback<std::vector<T>>)>& ask,
            Callback<std::vector<T>> callback) {
  auto all = std::make_shared<Gathered<T>>();
  const std::vector<size_t> asked = watch->board().list_usable();
  const size_t n = asked.size();
  all->answers.assign(n, Result<std::vector<T>>(std::vector<T>()));
  all->n_left = n;
  all->callback = std::move(callback);
  for (size_t i = 0; i < n; ++i) {
    const auto take = [all, i](Result<std::vector<T>> answer) {
      {
        const std::lock_guard lock(all->mutex);
        all->answers[i] = std::move(answer);
        if (--all->n_left > 0) return;
      }
      all->callback(merge(all->answers));
    };
    if (!watch->with(asked[i], [&](Backend& backend) { ask(backend, take); }))
      take(Error{Code::kCancelled, "the server is stopping"});
  }
}

class EndedBefore : public Run {
 public:
  void cancel() override {}
};

std::vector<std::string> places_of(const std::vector<std::shared_ptr<Backend>>& upstreams) {
  std::vector<std::string> places;
  for (const auto& upstream : upstreams) places.push_back(upstream->place());
  return places;
}

std::vector<Backend*> borrow(const std::vector<std::shared_ptr<Backend>>& upstreams) {
  std::vector<Backend*> out;
  for (const auto& upstream : upstreams) out.push_back(upstream.get());
  return out;
}

}  // namespace

UpstreamPool::UpstreamPool(std::vector<std::shared_ptr<Backend>> upstreams, BoardOptions options)
    : board_(std::make_shared<UpstreamBoard>(places_of(upstreams), std::move(options))),
      upstreams_(std::move(upstreams)),
      watch_(std::make_shared<UpstreamWatch>(board_, borrow(upstreams_))) {
  watch_->open();
}

UpstreamPool::~UpstreamPool() { watch_->close(); }

std::shared_ptr<Run> UpstreamPool::generate(Request request, std::shared_ptr<Listener> listener) {
  auto ask = [watch = watch_](size_t upstream, Request again,
                              const std::shared_ptr<Listener>& to) -> std::shared_ptr<Run> {
    std::shared_ptr<Run> run = std::make_shared<EndedBefore>();
    const bool asked =
        watch->with(upstream, [&](Backend& backend) { run = backend.generate(std::move(again), to); });
    if (!asked) to->on_failed({Code::kCancelled, "the server is stopping"});
    return run;
  };
  PooledRun::Parts parts{.board = board_,
                         .ask = std::move(ask),
                         .suspect = [watch = watch_](size_t upstream) { watch->suspect(upstream); }};
  auto run = std::make_shared<PooledRun>(std::move(parts), std::move(request), std::move(listener));
  watch_->add(run);
  run->start();
  return run;
}

void UpstreamPool::embed(EmbedRequest request, Callback<Embeddings> callback) {
  std::string model = request.model;
  ask_in_turn<Embeddings>(
      watch_, std::move(model),
      [request](Backend& backend, Callback<Embeddings> then) { backend.embed(request, std::move(then)); },
      std::move(callback));
}

void UpstreamPool::count_tokens(Request request, Callback<int64_t> callback) {
  std::string model = request.model;
  ask_in_turn<int64_t>(
      watch_, std::move(model),
      [request](Backend& backend, Callback<int64_t> then) { backend.count_tokens(request, std::move(then)); },
      std::move(callback));
}

void UpstreamPool::tokenize(TokenizeRequest request, Callback<Tokens> callback) {
  std::string model = request.model;
  ask_in_turn<Tokens>(
      watch_, std::move(model),
      [request](Backend& backend, Callback<Tokens> then) { backend.tokenize(request, std::move(then)); },
      std::move(callback));
}

void UpstreamPool::detokenize(DetokenizeRequest request, Callback<Tokens> callback) {
  std::string model = request.model;
  ask_in_turn<Tokens>(
      watch_, std::move(model),
      [request](Backend& backend, Callback<Tokens> then) { backend.detokenize(request, std::move(then)); },
      std::move(callback));
}

void UpstreamPool::list(Callback<std::vector<ModelSummary>> callback) {
  gather<ModelSummary>(
      watch_,
      [](Backend& backend, Callback<std::vector<ModelSummary>> then) { backend.list(std::move(then)); },
      std::move(callback));
}

void UpstreamPool::list_loaded(Callback<std::vector<LoadedModel>> callback) {
  gather<LoadedModel>(
      watch_,
      [](Backend& backend, Callback<std::vector<LoadedModel>> then) { backend.list_loaded(std::move(then)); },
      std::move(callback));
}

void UpstreamPool::describe(std::string model, bool verbose, Callback<ModelDescription> callback) {
  std::string name = model;
  ask_in_turn<ModelDescription>(
      watch_, std::move(name),
      [model = std::move(model), verbose](Backend& backend, Callback<ModelDescription> then) {
        backend.describe(model, verbose, std::move(then));
      },
      std::move(callback));
}

void UpstreamPool::check_ready(Callback<bool> callback) {
  if (board_->knows_one_up()) return callback(true);
  ask_in_turn<bool>(
      watch_, "", [](Backend& backend, Callback<bool> then) { backend.check_ready(std::move(then)); },
      std::move(callback));
}

std::string UpstreamPool::place() const {
  std::string all;
  for (const auto& upstream : upstreams_) all += (all.empty() ? "" : ", ") + upstream->place();
  return all;
}

}  // namespace samovar::backend
