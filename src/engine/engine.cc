#include "engine/engine.h"

#include <pthread.h>

#include <algorithm>

#include "engine/slot.h"

namespace samovar::engine {

Generation::Generation(GenerationRequest request, std::shared_ptr<GenerationListener> listener)
    : request_(std::move(request)), listener_(std::move(listener)) {}

// No wake-up is needed: the engine never sleeps while a generation waits or runs.
void Generation::cancel() { cancelled_.store(true); }

Result<std::unique_ptr<Engine>> Engine::make(std::shared_ptr<const model::Model> model,
                                             platform::ThreadPool& pool, const EngineOptions& options) {
  EngineOptions fitted = options;
  fitted.n_ctx = std::min(options.n_ctx, model->config.n_ctx_limit);
  auto cache = model::KvCache::make(model->config, fitted.n_slots, fitted.n_ctx);
  if (!cache) return cache.error();
  return std::unique_ptr<Engine>(new Engine(std::move(model), pool, fitted, std::move(*cache)));
}

Engine::Engine(std::shared_ptr<const model::Model> model, platform::ThreadPool& pool,
               const EngineOptions& options, model::KvCache cache)
    : model_(std::move(model)),
      options_(options),
      cache_(std::move(cache)),
      exec_(pool, kernels::table()),
      transformer_(model_->config, model_->weights, cache_, exec_) {
  for (size_t i = 0; i < options_.n_slots; ++i) {
    slots_.push_back(std::make_unique<Slot>(static_cast<uint32_t>(i), *model_->tokenizer));
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
}

size_t Engine::n_active() const {
  const std::lock_guard lock(mutex_);
  return queue_.size() + n_running_;
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
  const auto n_vocab = static_cast<text::TokenId>(model_->config.n_vocab);
  for (const text::TokenId id : request.prompt) {
    if (id < 0 || id >= n_vocab) {
      return Error{Code::kInvalidArgument, "token id " + std::to_string(id) +
                                               " is not in the vocabulary of " + std::to_string(n_vocab)};
    }
  }
  auto generation = std::make_shared<Generation>(std::move(request), std::move(listener));
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= options_.max_queue) {
      return Error{Code::kBusy, "server busy, please try again.  maximum pending requests exceeded"};
    }
    queue_.push_back(generation);
  }
  wake_.notify_all();
  return generation;
}

void Engine::run() {
  while (wait_for_work()) {
    drop_ended_waiters();
    admit();
    for (const auto& slot : slots_) {
      if (!slot->free()) slot->check_ended();
    }
    step();
    const auto running =
        std::count_if(slots_.begin(), slots_.end(), [](const auto& slot) { return !slot->free(); });
    const std::lock_guard lock(mutex_);
    n_running_ = static_cast<size_t>(running);
  }
  const Error stopped{Code::kCancelled, "the server is shutting down"};
  for (const auto& slot : slots_) {
    if (!slot->free()) slot->fail(stopped);
  }
  for (const auto& waiter : queue_) waiter->listener_->on_failed(stopped);
  queue_.clear();
}

// False when the engine is to end.
bool Engine::wait_for_work() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || n_running_ != 0 || !queue_.empty(); });
  return !stopping_;
}

// Waiting generations that were cancelled or are too late, and the places of those behind them.
void Engine::drop_ended_waiters() {
  std::vector<std::shared_ptr<Generation>> ended;
  {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    const auto is_ended = [&](const std::shared_ptr<Generation>& waiter) {
      const bool late = waiter->request_.deadline && now > *waiter->request_.deadline;
      if (late || waiter->cancelled_.load()) ended.push_back(waiter);
      return late || waiter->cancelled_.load();
    };
    std::erase_if(queue_, is_ended);
  }
  for (const auto& waiter : ended) {
    waiter->listener_->on_failed(
        waiter->cancelled_.load()
            ? Error{Code::kCancelled, "the generation was cancelled while it waited in line"}
            : Error{Code::kTimeout, "the time limit for this answer passed while it waited in line"});
  }
}

void Engine::admit() {
  std::vector<std::shared_ptr<Generation>> waiting;
  for (;;) {
    std::shared_ptr<Generation> next;
    {
      const std::lock_guard lock(mutex_);
      if (queue_.empty()) break;
      next = queue_.front();
    }
    Slot* slot = find_free_slot(next->request_.prompt);
    if (slot == nullptr) break;
    {
      const std::lock_guard lock(mutex_);
      queue_.pop_front();
      ++n_running_;
    }
    slot->start(std::move(next), ++clock_);
  }
  {
    const std::lock_guard lock(mutex_);
    waiting.assign(queue_.begin(), queue_.end());
  }
  for (size_t i = 0; i < waiting.size(); ++i) {
    const auto place = static_cast<int64_t>(i) + 1;
    if (std::exchange(waiting[i]->place_, place) != place) waiting[i]->listener_->on_queued(place);
  }
}

// The free slot that knows most of the prompt; among equals the one unused for longest.
Slot* Engine::find_free_slot(const std::vector<text::TokenId>& prompt) {
  Slot* best = nullptr;
  size_t best_prefix = 0;
  for (const auto& slot : slots_) {
    if (!slot->free()) continue;
    const size_t prefix = slot->common_prefix(prompt);
    const bool better = best == nullptr || prefix > best_prefix ||
                        (prefix == best_prefix && slot->last_used() < best->last_used());
    if (!better) continue;
    best = slot.get();
    best_prefix = prefix;
  }
  return best;
}

// One forward pass: a token of every answer under way and a slice of the prompts.
void Engine::step() {
  batch_.clear();
  const bool shared =
      std::any_of(slots_.begin(), slots_.end(), [](const auto& slot) { return slot->answering(); });
  size_t budget = shared ? options_.n_batch_shared : options_.n_batch;
  std::vector<Slot*> taking_part;
  for (const auto& slot : slots_) {
    if (slot->free() || (!slot->answering() && budget == 0)) continue;
    const size_t before = batch_.size();
    slot->add_rows(slot->answering() ? 1 : budget, batch_);
    if (!slot->answering()) budget -= batch_.size() - before;
    taking_part.push_back(slot.get());
  }
  if (batch_.empty()) return;
  std::span<const float> logits = transformer_.forward(batch_);
  const size_t n_vocab = model_->config.n_vocab;
  for (Slot* slot : taking_part) {
    if (!slot->finish_rows()) continue;
    slot->take_logits(logits.first(n_vocab));
    logits = logits.subspan(n_vocab);
  }
}

}  // namespace samovar::engine
