#include "chat/answer_run.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "chat/endpoints.h"
#include "chat/records_json.h"
#include "chat/run_settings.h"

namespace samovar::chat {
namespace {

using history::MessageState;

constexpr int64_t kSaveEveryNs = 1'000'000'000;  // of an answer that grows
constexpr int64_t kMostAsked = 8;                // times, with ever fewer messages

double seconds_between(int64_t from_ns, int64_t to_ns) { return static_cast<double>(to_ns - from_ns) * 1e-9; }

double tokens_a_second(int64_t tokens, int64_t ns) {
  return tokens > 0 && ns > 0 ? static_cast<double>(tokens) * 1e9 / static_cast<double>(ns) : 0.0;
}

// Another server on the same store was told to stop it (stop_shared_run).
bool is_stopped_elsewhere(history::Store& store, const history::Message& message) {
  if (!store.is_shared()) return false;
  const auto found = store.find_message(message.chat, message.id);
  return found && *found && (*found)->state == MessageState::kStopped;
}

}  // namespace

AnswerRun::AnswerRun(std::shared_ptr<Service> service, std::string id, BegunRun begun)
    : service_(std::move(service)),
      id_(std::move(id)),
      begun_(std::move(begun)),
      settings_(service_->effective_settings(begun_.chat)),
      model_(begun_.answer.model.empty() ? begun_.chat.model : begun_.answer.model),
      begin_ns_(service_->now_ns()),
      answer_(begun_.answer),
      base_bytes_(begun_.answer.content.size()) {}

void AnswerRun::open() {
  log_->append(encode_run_began({.run = id_,
                                 .chat = begun_.chat.id,
                                 .model = model_,
                                 .question_json = begun_.question ? encode_message(*begun_.question) : "null",
                                 .answer_json = encode_message(answer_, id_)}));
}

void AnswerRun::start() {
  const std::weak_ptr<AnswerRun> weak = weak_from_this();
  // Asked at the same time: an upstream that is slow to list must not delay the answer.
  service_->deps.backend->list_loaded([weak](Result<std::vector<backend::LoadedModel>> loaded) {
    if (const std::shared_ptr<AnswerRun> self = weak.lock()) self->tell_loading(loaded);
  });
  ask();
}

// How many tokens the prompt may have; 0: not known.
int64_t AnswerRun::budget() const {
  if (context_length_ <= 0) return 0;
  return context_length_ - std::min<int64_t>(service_->answer_tokens(settings_), context_length_ / 4);
}

void AnswerRun::ask() {
  backend::Request request;
  request.model = model_;
  request.deadline_ms = service_->deps.deadline_ms;
  request.client = begun_.user.empty() ? "page:" + begun_.chat.owner : "user:" + begun_.user;
  request.user = begun_.user;
  request.id = id_;
  request.traceparent = begun_.traceparent;
  const PromptParts parts = apply_settings(settings_, request);
  service_->choose_thinking(request);
  TokenRate rate = service_->rate_of(model_);
  if (request.options.num_ctx) rate.context_length = *request.options.num_ctx;
  {
    const std::lock_guard lock(mutex_);
    ++n_asked_;
    context_length_ = rate.context_length;
    FittedPrompt fitted = fit_prompt(parts, begun_.turns, rate, budget(), at_least_unseen_);
    at_least_unseen_ = fitted.n_unseen;
    first_seen_ = fitted.first_seen;
    prompt_bytes_ = fitted.bytes;
    request.messages = std::move(fitted.messages);
    if (fitted.n_unseen > 0 || context_length_ > 0) {
      log_->append(encode_context({.tokens = rate.estimate(fitted.bytes),
                                   .length = context_length_,
                                   .unseen = fitted.n_unseen,
                                   .first_seen = fitted.first_seen}));
    }
  }
  attach(service_->deps.backend->generate(std::move(request), shared_from_this()));
}

void AnswerRun::attach(std::shared_ptr<backend::Run> run) {
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return;
    run_ = std::move(run);
    if (!cancelling_) return;
  }
  cancel();
}

void AnswerRun::cancel() {
  std::shared_ptr<backend::Run> run;
  {
    const std::lock_guard lock(mutex_);
    cancelling_ = true;
    run = run_;
  }
  if (run) run->cancel();
}

void AnswerRun::interrupt() { cancel(); }

void AnswerRun::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  cancel();
}

int64_t AnswerRun::place() const {
  const std::lock_guard lock(mutex_);
  return text_started_ ? 0 : queue_place_;
}

void AnswerRun::tell_loading(const Result<std::vector<backend::LoadedModel>>& loaded) {
  if (!loaded) return;  // the generation will say what is wrong
  const auto found = std::find_if(loaded->begin(), loaded->end(), [&](const backend::LoadedModel& model) {
    return is_same_model(model.summary.name, model_);
  });
  if (found != loaded->end()) service_->learn_context(model_, found->n_ctx);
  const std::lock_guard lock(mutex_);
  if (found != loaded->end() && context_length_ == 0) context_length_ = found->n_ctx;
  if (found == loaded->end() && !text_started_ && !ended_) log_->append(encode_model_loading());
}

void AnswerRun::on_queued(int64_t place) {
  const int64_t wait = service_->meter.expected_wait_seconds(place);
  const std::lock_guard lock(mutex_);
  if (std::exchange(queue_place_, place) != place) log_->append(encode_queue_wait(place, wait));
}

void AnswerRun::start_text() {
  if (!std::exchange(text_started_, true)) log_->append(encode_text_start());
}

void AnswerRun::on_started() {
  const std::lock_guard lock(mutex_);
  queue_place_ = 0;
  start_text();
}

void AnswerRun::on_piece(backend::Piece piece) {
  const int64_t now = service_->now_ns();
  service_->meter.count_tokens(1);
  {
    const std::lock_guard lock(mutex_);
    ++n_pieces_;
    if (first_piece_ns_ == 0) first_piece_ns_ = now;
    if (!piece.thinking.empty()) {
      answer_.thinking += piece.thinking;
      start_text();
      log_->append(encode_thinking(piece.thinking));
    }
    if (!piece.content.empty()) {
      if (first_text_ns_ == 0) first_text_ns_ = now;
      answer_.content += piece.content;
      start_text();
      log_->append(encode_text(piece.content));
    }
  }
  save_partly(now);
}

// At most once a second, and never two at a time: a slow disk gets less to do, not more.
void AnswerRun::save_partly(int64_t now) {
  history::Message copy;
  {
    const std::lock_guard lock(mutex_);
    if (saving_ || ended_ || now - saved_ns_ < kSaveEveryNs) return;
    saving_ = true;
    saved_ns_ = now;
    copy = answer_;
  }
  service_->archive_of(begun_.chat.id)
      .write<void>(
          [copy = std::move(copy)](history::Store& store) -> Result<void> {
            history::Message message = copy;
            if (is_stopped_elsewhere(store, message)) return Error{Code::kCancelled, "stopped by its user"};
            return store.put_message(message);
          },
          [self = shared_from_this()](const Result<void>& saved) {  // the end is written in any case
            {
              const std::lock_guard lock(self->mutex_);
              self->saving_ = false;
            }
            if (!saved && saved.error().code == Code::kCancelled) self->stop();
          });
}

AnswerStats AnswerRun::measure(int64_t tokens) const {
  const int64_t now = service_->now_ns();
  AnswerStats stats;
  stats.seconds = seconds_between(begin_ns_, now);
  if (first_piece_ns_ != 0) {
    stats.first_token_seconds = seconds_between(begin_ns_, first_piece_ns_);
    stats.tokens_per_second = tokens_a_second(tokens, now - first_piece_ns_);
    if (!answer_.thinking.empty())
      stats.thinking_seconds = seconds_between(first_piece_ns_, first_text_ns_ != 0 ? first_text_ns_ : now);
  }
  stats.characters =
      static_cast<int64_t>(count_characters(std::string_view(answer_.content).substr(base_bytes_)));
  stats.tokens = tokens;
  stats.context_length = context_length_;
  stats.unseen = at_least_unseen_;
  if (at_least_unseen_ > 0) stats.first_seen = first_seen_;
  return stats;
}

void AnswerRun::on_done(backend::Summary summary) {
  Ending ending;
  ending.type = "stats-final";
  int64_t bytes = 0;
  {
    const std::lock_guard lock(mutex_);
    ending.stats = measure(summary.answer_tokens > 0 ? summary.answer_tokens : n_pieces_);
    bytes = prompt_bytes_;
  }
  if (const double exact = tokens_a_second(summary.answer_tokens, summary.answer_ns); exact > 0.0) {
    ending.stats.tokens_per_second = exact;
  }
  ending.stats.prompt_tokens = summary.prompt_tokens;
  ending.stats.cached_tokens = summary.cached_tokens;
  ending.stats.context_tokens = summary.prompt_tokens + summary.answer_tokens;
  if (summary.n_ctx > 0) ending.stats.context_length = summary.n_ctx;
  ending.stats.reason = summary.done_reason;
  service_->learn_rate(model_, bytes, summary.prompt_tokens, summary.n_ctx);
  end(std::move(ending));
}

// The estimate was too kind: the same question once more, with fewer messages before it.
bool AnswerRun::ask_for_less(const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    const auto n_turns = static_cast<int64_t>(begun_.turns.size());
    if (error.code != Code::kTooLong || text_started_ || cancelling_ || n_asked_ >= kMostAsked) return false;
    if (at_least_unseen_ + 1 >= n_turns) return false;
    at_least_unseen_ += std::max<int64_t>(2, (n_turns - at_least_unseen_) / 3);
    run_.reset();
  }
  ask();
  return true;
}

void AnswerRun::on_failed(Error error) {
  if (ask_for_less(error)) return;
  Ending ending;
  {
    const std::lock_guard lock(mutex_);
    ending.stats = measure(n_pieces_);
    const bool cancelled = error.code == Code::kCancelled;
    // Cancelled by nobody here: the server ends.
    ending.state =
        cancelled ? (stopping_ ? MessageState::kStopped : MessageState::kCut) : MessageState::kFailed;
  }
  ending.type = ending.state == MessageState::kStopped ? "run-stopped" : "run-failed";
  ending.error = std::move(error);
  end(std::move(ending));
}

// First the disk, then the listeners: what a page shows as finished is written.
void AnswerRun::end(Ending ending) {
  history::Message last;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(ended_, true)) return;
    run_.reset();
    answer_.state = ending.state;
    answer_.reason = ending.stats.reason;
    answer_.stats_json = encode_stats(ending.stats);
    if (ending.state == MessageState::kFailed) {
      answer_.error_code = to_string(ending.error.code);
      answer_.error_message = ending.error.message;
    }
    last = answer_;
  }
  service_->meter.count_run(ending.stats, ending.state == MessageState::kComplete  ? Meter::End::kFinished
                                          : ending.state == MessageState::kStopped ? Meter::End::kStopped
                                                                                   : Meter::End::kFailed);
  auto told = std::make_shared<bool>(false);
  service_->archive_of(begun_.chat.id)
      .write_surely(
          [last](history::Store& store) -> Result<void> {
            history::Message message = last;
            return store.put_message(message);
          },
          [self = shared_from_this(), ending = std::move(ending), told](const Result<void>& saved) {
            if (!std::exchange(*told, true)) self->tell_end(ending, saved);
            self->service_->tell_message(self->begun_.chat, self->answer_);
          });
}

void AnswerRun::tell_end(const Ending& ending, const Result<void>& saved) {
  const std::string save_error = saved ? "" : saved.error().message;
  log_->append(encode_run_end(
      {.type = ending.type, .stats = ending.stats, .error = ending.error, .save_error = save_error}));
  service_->run_ended(*this);
  log_->close();
  if (ending.state == MessageState::kComplete && begun_.is_new_chat) want_title();
  service_->titles.try_later(service_);
}

// Asked behind the very conversation, which the model has computed already: only the few words are new.
void AnswerRun::want_title() {
  if (is_temporary(begun_.chat.id) || begun_.chat.title_by != "text") return;
  TitleTask task;
  task.owner = begun_.chat.owner;
  task.chat = begun_.chat.id;
  task.request.model = model_;
  std::vector<PromptTurn> turns = begun_.turns;
  {
    const std::lock_guard lock(mutex_);
    turns.push_back({answer_.id, history::Role::kAssistant, answer_.content});
  }
  turns.push_back({"", history::Role::kUser, kTitleQuestion});
  const PromptParts parts = apply_settings(settings_, task.request);
  task.request.messages = fit_prompt(parts, turns, service_->rate_of(model_), 0).messages;
  service_->titles.add(std::move(task));
}

}  // namespace samovar::chat
