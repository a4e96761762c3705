#include "engine/engine.h"

#include <pthread.h>

#include <algorithm>
#include <array>

#include "engine/slot.h"

namespace samovar::engine {
namespace {

constexpr size_t kEmbeddedBesideAnswers = 64;  // tokens of a pass that keeps answers waiting

}  // namespace

Generation::Generation(GenerationRequest request, std::shared_ptr<GenerationListener> listener)
    : request_(std::move(request)), listener_(std::move(listener)) {}

// No wake-up is needed: the engine never sleeps while a generation waits or runs.
void Generation::cancel() { cancelled_.store(true); }

Result<std::unique_ptr<Engine>> Engine::make(std::shared_ptr<const model::Model> model,
                                             platform::ThreadPool& pool, const EngineOptions& options) {
  EngineOptions fitted = options;
  fitted.n_ctx = std::min(options.n_ctx, model->config.n_ctx_limit);
  fitted.n_kept = std::max<size_t>(1, options.n_kept);
  // One sequence more, for embeddings: it takes no memory until there are any.
  auto cache = model::KvCache::make(model->config, fitted.n_slots + fitted.n_kept + 1, fitted.n_ctx);
  // A system that counts reserved memory as taken gives less of it.
  while (!cache && fitted.n_kept > 1) {
    fitted.n_kept /= 2;
    cache = model::KvCache::make(model->config, fitted.n_slots + fitted.n_kept + 1, fitted.n_ctx);
  }
  if (!cache) return cache.error();
  return std::unique_ptr<Engine>(new Engine(std::move(model), pool, fitted, std::move(*cache)));
}

Engine::Engine(std::shared_ptr<const model::Model> model, platform::ThreadPool& pool,
               const EngineOptions& options, model::KvCache cache)
    : model_(std::move(model)),
      options_(options),
      cache_(std::move(cache)),
      disk_(options.disk, model_->config, kernels::table().isa),
      prefixes_(cache_, &disk_, options.max_cache_bytes),
      embedding_(&prefixes_.take(std::array<text::TokenId, 1>{})),
      exec_(pool, kernels::table()),
      transformer_(model_->config, model_->weights, cache_, exec_) {
  for (size_t i = 0; i < options_.n_slots; ++i) {
    slots_.push_back(std::make_unique<Slot>(*model_->tokenizer, prefixes_));
  }
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "engine");
}

Engine::~Engine() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
  prefixes_.save();
}

size_t Engine::n_active() const {
  const std::lock_guard lock(mutex_);
  return queue_.size() + n_running_ + embeddings_.size() + (embedded_ ? 1 : 0);
}

Result<std::shared_ptr<Generation>> Engine::submit(GenerationRequest request,
                                                   std::shared_ptr<GenerationListener> listener) {
  request.n_ctx = std::min(request.n_ctx, options_.n_ctx);
  if (request.prompt.empty()) return Error{Code::kInvalidArgument, "the prompt is empty"};
  if (request.prompt.size() >= request.n_ctx) {
    return Error{Code::kTooLong, "the prompt has " + std::to_string(request.prompt.size()) +
                                     " tokens, the context holds " + std::to_string(request.n_ctx) +
                                     " for prompt and answer"};
  }
  if (const auto checked = check_tokens(request.prompt); !checked) return checked.error();
  auto generation = std::make_shared<Generation>(std::move(request), std::move(listener));
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= options_.max_queue) {
      return Error{Code::kBusy, "server busy, please try again.  maximum pending requests exceeded"};
    }
    if (generation->request_.yields) {
      if (n_running_ + queue_.size() + embeddings_.size() > 0 || embedded_)
        return Error{Code::kBusy, "the model has other work"};
      yielding_ = generation;
    } else {
      end_yielding();
    }
    queue_.add(generation->request_.client, generation);
    line_changed_ = true;
  }
  wake_.notify_all();
  return generation;
}

void Engine::end_yielding() {
  if (const auto generation = yielding_.lock()) generation->cancel();
  yielding_.reset();
}

Result<void> Engine::check_tokens(const std::vector<text::TokenId>& tokens) const {
  const auto n_vocab = static_cast<text::TokenId>(model_->config.n_vocab);
  for (const text::TokenId id : tokens) {
    if (id < 0 || id >= n_vocab) {
      return Error{Code::kInvalidArgument, "token id " + std::to_string(id) +
                                               " is not in the vocabulary of " + std::to_string(n_vocab)};
    }
  }
  return {};
}

Result<void> Engine::submit_embedding(EmbeddingRequest request, EmbeddingCallback callback) {
  if (request.tokens.empty()) return Error{Code::kInvalidArgument, "there is nothing to embed"};
  if (request.tokens.size() > options_.n_ctx) {
    return Error{Code::kTooLong, "the text has " + std::to_string(request.tokens.size()) +
                                     " tokens, the context holds " + std::to_string(options_.n_ctx)};
  }
  if (const auto checked = check_tokens(request.tokens); !checked) return checked.error();
  const std::string client = request.client;
  const auto task = std::make_shared<EmbeddingTask>(std::move(request), std::move(callback));
  {
    const std::lock_guard lock(mutex_);
    end_yielding();
    embeddings_.add(client, task);
  }
  wake_.notify_all();
  return {};
}

// The text whose turn it is, without those that nobody wants any more; null: none. Only this thread changes
// embedded_, so what is returned stays.
EmbeddingTask* Engine::next_embedding() {
  std::vector<std::pair<std::shared_ptr<EmbeddingTask>, Error>> ended;
  const auto is_ended = [&ended](const std::shared_ptr<EmbeddingTask>& task) {
    auto why = task->find_end();
    if (why) ended.emplace_back(task, *std::move(why));
    return why.has_value();
  };
  {
    const std::lock_guard lock(mutex_);
    embeddings_.remove_if(is_ended);
    if (embedded_ && is_ended(embedded_)) {
      embedded_.reset();
      cache_.release(embedding_->sequence);
    }
    if (!embedded_) embedded_ = embeddings_.take({}).value_or(nullptr);
  }
  for (auto& [task, why] : ended) task->fail(std::move(why));
  return embedded_.get();
}

// A slice of the text in turn.
void Engine::step_embedding() {
  EmbeddingTask* task = next_embedding();
  if (task == nullptr) return;
  bool alone = true;
  {
    const std::lock_guard lock(mutex_);
    alone = n_running_ == 0;
  }
  if (!task->step(transformer_, embedding_->sequence, alone ? options_.n_batch : kEmbeddedBesideAnswers))
    return;
  cache_.release(embedding_->sequence);
  const std::lock_guard lock(mutex_);
  embedded_.reset();
}

void Engine::run() {
  while (wait_for_work()) {
    drop_ended_waiters();
    admit();
    for (const auto& slot : slots_) {
      if (!slot->free()) slot->check_ended();
    }
    step();
    step_embedding();
    const auto running =
        std::count_if(slots_.begin(), slots_.end(), [](const auto& slot) { return !slot->free(); });
    const std::lock_guard lock(mutex_);
    n_running_ = static_cast<size_t>(running);
  }
  const Error stopped{Code::kCancelled, "the server is shutting down"};
  for (const auto& slot : slots_) {
    if (!slot->free()) slot->fail(stopped);
  }
  const auto everybody = [](const auto&) { return true; };
  for (const auto& waiter : queue_.remove_if(everybody)) waiter->listener_->on_failed(stopped);
  if (embedded_) embedded_->fail(stopped);
  for (const auto& task : embeddings_.remove_if(everybody)) task->fail(stopped);
}

// False when the engine is to end.
bool Engine::wait_for_work() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] {
    return stopping_ || n_running_ != 0 || !queue_.empty() || embedded_ || !embeddings_.empty();
  });
  return !stopping_;
}

// Waiting generations that were cancelled or are too late, and the places of those behind them.
void Engine::drop_ended_waiters() {
  std::vector<std::shared_ptr<Generation>> ended;
  {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    ended = queue_.remove_if([now](const std::shared_ptr<Generation>& waiter) {
      const bool late = waiter->request_.deadline && now > *waiter->request_.deadline;
      return late || waiter->cancelled_.load();
    });
    line_changed_ = line_changed_ || !ended.empty();
  }
  for (const auto& waiter : ended) {
    waiter->listener_->on_failed(
        waiter->cancelled_.load()
            ? Error{Code::kCancelled, "the generation was cancelled while it waited in line"}
            : Error{Code::kTimeout,
                    name_limit(waiter->request_.limit_ms) + " passed while the request waited in line"});
  }
}

UnderWay Engine::count_under_way() const {
  UnderWay out;
  for (const auto& slot : slots_) {
    if (!slot->free()) ++out[slot->client()];
  }
  return out;
}

void Engine::admit() {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.empty()) return;
  }
  UnderWay under_way = count_under_way();
  while (Slot* slot = find_free_slot()) {
    std::shared_ptr<Generation> next;
    {
      const std::lock_guard lock(mutex_);
      if (queue_.empty()) break;
      next = *queue_.take(under_way);
      ++n_running_;
      line_changed_ = true;
    }
    ++under_way[next->request_.client];
    slot->start(std::move(next));
  }
  tell_places(under_way);
}

// Only when the line has changed: to put it in order takes a while when it is long.
void Engine::tell_places(const UnderWay& under_way) {
  std::vector<std::shared_ptr<Generation>> waiting;
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(line_changed_, false)) return;
    waiting = queue_.in_order(under_way);
  }
  for (size_t i = 0; i < waiting.size(); ++i) {
    const auto place = static_cast<int64_t>(i) + 1;
    if (std::exchange(waiting[i]->place_, place) != place) waiting[i]->listener_->on_queued(place);
  }
}

Slot* Engine::find_free_slot() {
  for (const auto& slot : slots_) {
    if (slot->free()) return slot.get();
  }
  return nullptr;
}

// The rows of the next pass: of every answer under way, and of the prompts as many as leave the answers
// moving.
PassShape Engine::add_rows() {
  batch_.clear();
  taking_part_.clear();
  size_t n_answering = 0;
  bool with_prompts = false;
  for (const auto& slot : slots_) {
    if (slot->answering()) ++n_answering;
    if (!slot->free() && !slot->answering()) with_prompts = true;
  }
  AnswerPlan plan{n_answering, static_cast<double>(n_answering)};
  for (const auto& slot : slots_) {
    if (!slot->answering()) continue;
    slot->add_answer_row(batch_);
    // Beside a prompt there is no time to spare for guesses.
    const bool may_guess = !with_prompts && options_.guesses != Guesses::kNever;
    if (may_guess)
      slot->add_guessed_rows(options_.guesses == Guesses::kAlways ? nullptr : &pace_, plan, batch_);
    taking_part_.push_back(slot.get());
  }
  PassShape shape{batch_.size(), 0};
  if (!with_prompts) return shape;
  size_t budget = pace_.choose_prompt_rows(n_answering, options_.n_batch);
  for (const auto& slot : slots_) {
    if (slot->free() || slot->answering() || budget == 0) continue;
    const size_t before = batch_.size();
    slot->add_prompt_rows(budget, batch_);
    budget -= batch_.size() - before;
    taking_part_.push_back(slot.get());
  }
  shape.prompt_rows = batch_.size() - shape.answer_rows;
  return shape;
}

void Engine::step() {
  const PassShape shape = add_rows();
  if (batch_.empty()) return;
  const auto start = std::chrono::steady_clock::now();
  std::span<const float> logits = transformer_.forward(batch_);
  pace_.note(
      shape,
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start).count());
  for (Slot* slot : taking_part_) {
    const size_t n = slot->n_logit_rows() * model_->config.n_vocab;
    slot->take_results(logits.first(n));
    logits = logits.subspan(n);
  }
  prefixes_.trim();
}

}  // namespace samovar::engine
