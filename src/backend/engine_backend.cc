#include "backend/engine_backend.h"

#include <pthread.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <set>

#include "backend/engine_requests.h"
#include "base/clock.h"
#include "kernels/table.h"
#include "platform/machine.h"

namespace samovar::backend {
namespace {

constexpr int64_t kForever = std::numeric_limits<int64_t>::max();

bool asks_only_to_load(const Request& request) {
  if (request.kind == Request::Kind::kChat) return request.messages.empty();
  const bool has_tokens = request.raw && !request.context.empty();
  return request.prompt.empty() && request.suffix.empty() && !has_tokens;
}

// The vectors of one request, which come one by one from the engine's thread.
struct GatheredEmbeddings {
  GatheredEmbeddings(size_t n, int64_t begun, Callback<Embeddings> to)
      : callback(std::move(to)), begun_ns(begun), n_missing(n) {
    out.vectors.resize(n);
  }

  void take(size_t index, Result<std::vector<float>> vector) {
    if (!vector) return fail(vector.error());
    out.vectors[index] = std::move(*vector);
    if (--n_missing == 0) finish();
  }
  void finish() {
    out.total_ns = steady_ns() - begun_ns;
    if (!answered.exchange(true)) callback(std::move(out));
  }
  void fail(const Error& error) {
    if (!answered.exchange(true)) callback(error);
  }

  Embeddings out;
  Callback<Embeddings> callback;
  int64_t begun_ns;
  std::atomic<size_t> n_missing;
  std::atomic<bool> answered{false};
};

std::string to_gigabytes(size_t bytes) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.2f GB", static_cast<double>(bytes) / 1e9);
  return buffer;
}

Result<catalog::Entry> find_entry(const catalog::Store& store, const std::string& model) {
  const auto name = catalog::parse_name(model);
  if (!name) return name.error();
  auto entry = store.find(*name);
  if (!entry && entry.error().code == Code::kNotFound)
    return Error{Code::kNotFound, "model '" + model + "' not found"};
  return entry;
}

}  // namespace

EngineBackend::EngineBackend(std::shared_ptr<const catalog::Store> store, EngineBackendOptions options)
    : store_(std::move(store)), options_(std::move(options)) {
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "models");
}

EngineBackend::~EngineBackend() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

std::shared_ptr<Run> EngineBackend::generate(Request request, std::shared_ptr<Listener> listener) {
  const auto received = std::chrono::steady_clock::now();
  auto run = std::make_shared<EngineRun>(std::move(listener), received);
  auto shared = std::make_shared<const Request>(std::move(request));
  add_task([this, run, shared, received] {
    // Behind those that wait for memory: else they might wait for ever.
    if (!postponed_.empty()) return postponed_.push_back([=, this] { start(shared, run, received); });
    start(shared, run, received);
  });
  return run;
}

void EngineBackend::add_task(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  wake_.notify_all();
}

void EngineBackend::embed(EmbedRequest request, Callback<Embeddings> callback) {
  auto shared = std::make_shared<const EmbedRequest>(std::move(request));
  add_task([this, shared, received = std::chrono::steady_clock::now(), callback = std::move(callback)] {
    start_embedding(*shared, received, callback);
  });
}

void EngineBackend::count_tokens(Request request, Callback<int64_t> callback) {
  auto shared = std::make_shared<const Request>(std::move(request));
  add_task([this, shared, callback = std::move(callback)] {
    const auto held = hold(shared->model);
    if (!held) return callback(held.error());
    touch(**held, shared->keep_alive_ns);
    const auto prompt = build_prompt(**held, *shared);
    if (!prompt) return callback(prompt.error());
    callback(static_cast<int64_t>(prompt->tokens.size()));
  });
}

// Runs `work` on the tokenizer of a model that is loaded for it, and adds the times.
void EngineBackend::use_tokenizer(const std::string& model, const std::optional<int64_t>& keep_alive_ns,
                                  const std::function<Result<Tokens>(const text::Tokenizer&)>& work,
                                  const Callback<Tokens>& callback) {
  const int64_t begun = steady_ns();
  const auto held = hold(model);
  if (!held) return callback(held.error());
  touch(**held, keep_alive_ns);
  const int64_t loaded = steady_ns();
  auto tokens = work(*(*held)->model->tokenizer);
  if (!tokens) return callback(tokens.error());
  tokens->load_ns = loaded - begun;
  tokens->total_ns = steady_ns() - begun;
  callback(std::move(tokens));
}

void EngineBackend::tokenize(TokenizeRequest request, Callback<Tokens> callback) {
  auto shared = std::make_shared<const TokenizeRequest>(std::move(request));
  add_task([this, shared, callback = std::move(callback)] {
    use_tokenizer(
        shared->model, shared->keep_alive_ns,
        [&](const text::Tokenizer& tokenizer) -> Result<Tokens> { return split_text(tokenizer, *shared); },
        callback);
  });
}

void EngineBackend::detokenize(DetokenizeRequest request, Callback<Tokens> callback) {
  auto shared = std::make_shared<const DetokenizeRequest>(std::move(request));
  add_task([this, shared, callback = std::move(callback)] {
    use_tokenizer(
        shared->model, shared->keep_alive_ns,
        [&](const text::Tokenizer& tokenizer) { return join_tokens(tokenizer, *shared); }, callback);
  });
}

void EngineBackend::start_embedding(const EmbedRequest& request, engine::SteadyTime received,
                                    const Callback<Embeddings>& callback) {
  const int64_t begun = steady_ns();
  if (request.abandoned && request.abandoned->load())
    return callback(Error{Code::kCancelled, "the request was cancelled"});
  const auto held = hold(request.model);
  if (!held) return callback(held.error());
  Resident& resident = **held;
  touch(resident, request.keep_alive_ns);
  auto gathering = std::make_shared<GatheredEmbeddings>(request.texts.size(), begun, callback);
  gathering->out.load_ns = steady_ns() - begun;
  if (request.texts.empty()) return gathering->finish();
  const size_t n_ctx =
      std::min(static_cast<size_t>(std::max<int64_t>(
                   1, request.num_ctx.value_or(static_cast<int32_t>(options_.resident.num_ctx)))),
               resident.engine->n_ctx());
  std::vector<engine::EmbeddingRequest> all(request.texts.size());
  for (size_t i = 0; i < all.size(); ++i) {
    auto tokens = prepare_text(resident, request, i, n_ctx);
    if (!tokens) return callback(tokens.error());
    gathering->out.tokens += static_cast<int64_t>(tokens->size());
    all[i] = {std::move(*tokens), resident.pooling, request.client, request.abandoned};
    if (request.deadline_ms > 0) all[i].deadline = received + std::chrono::milliseconds(request.deadline_ms);
    all[i].limit_ms = request.deadline_ms;
  }
  for (size_t i = 0; i < all.size(); ++i) {
    const auto submitted = resident.engine->submit_embedding(
        std::move(all[i]),
        [gathering, i](Result<std::vector<float>> vector) { gathering->take(i, std::move(vector)); });
    if (!submitted) return gathering->fail(submitted.error());
  }
}

void EngineBackend::list(Callback<std::vector<ModelSummary>> callback) {
  const auto entries = store_->list();
  if (!entries) return callback(entries.error());
  const std::lock_guard lock(mutex_);
  std::vector<ModelSummary> out;
  std::map<std::filesystem::path, catalog::Facts> known;
  for (const catalog::Entry& entry : *entries) {
    if (const auto seen = facts_.find(entry.weights); seen != facts_.end()) {
      known.insert(*seen);
    } else if (known.count(entry.weights) == 0) {
      const auto file = gguf::File::open(entry.weights);
      known.emplace(entry.weights, file ? catalog::read_facts(**file) : catalog::Facts{});
    }
    out.push_back(summarize(entry, known.at(entry.weights)));
  }
  facts_ = std::move(known);
  for (ModelSummary& summary : out) {
    summary.loaded = std::any_of(loaded_.begin(), loaded_.end(), [&](const LoadedModel& model) {
      return model.summary.digest == summary.digest;
    });
  }
  callback(std::move(out));
}

void EngineBackend::list_loaded(Callback<std::vector<LoadedModel>> callback) {
  std::vector<LoadedModel> out;
  {
    const std::lock_guard lock(mutex_);
    out = loaded_;
  }
  callback(std::move(out));
}

void EngineBackend::describe(std::string model, bool verbose, Callback<ModelDescription> callback) {
  const auto entry = find_entry(*store_, model);
  if (!entry) return callback(entry.error());
  callback(describe_entry(*entry, verbose));
}

void EngineBackend::check_ready(Callback<bool> callback) {
  Result<bool> ready = false;
  {
    const std::lock_guard lock(mutex_);
    ready = ready_;
  }
  callback(std::move(ready));
}

void EngineBackend::run() {
  preload();
  for (;;) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, until_next_expiry(), [this] { return stopping_ || !tasks_.empty(); });
      if (stopping_) break;
      if (!tasks_.empty()) {
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
    }
    if (task) task();
    retry_postponed();
    unload_expired();
  }
  residents_.clear();  // ends every generation under way
}

void EngineBackend::preload() {
  Result<bool> ready = true;
  for (const std::string& model : options_.preload) {
    if (auto resident = hold(model)) {
      (*resident)->keep_until_ns = kForever;
      publish();
    } else if (ready) {
      ready = resident.error();
    }
  }
  const std::lock_guard lock(mutex_);
  ready_ = std::move(ready);
}

// Whether a request whose model does not fit now waits until busy ones are idle: they are, and it would fit
// then.
bool EngineBackend::postpone(const Request& request, const Error& error) {
  if (error.code != Code::kOutOfMemory) return false;
  const bool any_busy = std::any_of(residents_.begin(), residents_.end(),
                                    [](const auto& item) { return item.second->engine->n_active() != 0; });
  const auto entry = find_entry(*store_, request.model);
  return any_busy && entry && static_cast<bool>(check_would_fit(*entry, Without::kAll));
}

// In their order: while the first waits, so do the others.
void EngineBackend::retry_postponed() {
  while (!postponed_.empty()) {
    const auto task = std::move(postponed_.front());
    postponed_.pop_front();
    const size_t n_left = postponed_.size();
    task();
    if (postponed_.size() <= n_left) continue;
    std::rotate(postponed_.begin(), postponed_.end() - 1, postponed_.end());  // back to its place
    return;
  }
}

void EngineBackend::start(const std::shared_ptr<const Request>& shared, const std::shared_ptr<EngineRun>& run,
                          engine::SteadyTime received) {
  const Request& request = *shared;
  if (run->cancelled()) return run->fail({Code::kCancelled, "the generation was cancelled"});
  const auto waited = std::chrono::steady_clock::now() - received;
  if (request.deadline_ms > 0 && waited > std::chrono::milliseconds(request.deadline_ms)) {
    return run->fail({Code::kTimeout, engine::name_limit(request.deadline_ms) +
                                          " passed before there was room for the model"});
  }
  const auto before_load = std::chrono::steady_clock::now();
  const auto held = hold(request.model);
  if (!held) {
    if (!postpone(request, held.error())) return run->fail(held.error());
    return postponed_.push_back([this, shared, run, received] { start(shared, run, received); });
  }
  Resident& resident = **held;
  touch(resident, request.keep_alive_ns);
  if (!resident.completes) {
    const char* task = request.kind == Request::Kind::kChat ? "chat" : "generate";
    return run->fail({Code::kUnsupported, "\"" + request.model + "\" does not support " + task});
  }
  const auto load_ns =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - before_load)
          .count();
  if (asks_only_to_load(request)) {
    const bool unload = request.keep_alive_ns == 0;
    if (unload) resident.keep_until_ns = 0;
    return run->finish(unload ? "unload" : "load", load_ns);
  }
  auto prepared = prepare_run(resident, request, {&formats_, options_.resident.num_ctx, received});
  if (!prepared) return run->fail(prepared.error());
  prepared->settings.load_ns = load_ns;
  run->configure(prepared->settings);
  auto submitted = resident.engine->submit(std::move(prepared->generation), run);
  if (!submitted) return run->fail(submitted.error());
  run->attach(std::move(*submitted));
}

// The model in memory, loaded now if need be.
Result<Resident*> EngineBackend::hold(const std::string& model) {
  auto entry = find_entry(*store_, model);
  if (!entry) return entry.error();
  const auto found = residents_.find(entry->digest);
  if (found != residents_.end()) return found->second.get();
  return load(*entry);
}

const Resident* EngineBackend::find_twin(const catalog::Entry& entry) const {
  const auto twin = std::find_if(residents_.begin(), residents_.end(), [&](const auto& item) {
    return item.second->entry.weights == entry.weights;
  });
  return twin == residents_.end() ? nullptr : twin->second.get();
}

size_t EngineBackend::count_engines() const {
  std::set<const engine::Engine*> engines;
  for (const auto& [digest, resident] : residents_) engines.insert(resident->engine.get());
  return engines.size();
}

size_t EngineBackend::sum_memory(const std::function<bool(const Resident&)>& is_counted) const {
  std::set<const engine::Engine*> seen;
  size_t sum = 0;
  for (const auto& [digest, resident] : residents_) {
    if (is_counted(*resident) && seen.insert(resident->engine.get()).second)
      sum += static_cast<size_t>(resident->memory_bytes);
  }
  return sum;
}

// What a further model may take; the system's own figure is asked where it is loaded.
size_t EngineBackend::left_bytes() const {
  if (options_.memory_bytes == 0) return std::numeric_limits<size_t>::max();
  const size_t taken = sum_memory([](const Resident&) { return true; });
  return options_.memory_bytes - std::min(options_.memory_bytes, taken);
}

Result<void> EngineBackend::check_would_fit(const catalog::Entry& entry, Without without) const {
  const auto needed = model::measure_model(entry.weights, load_options(options_.resident), kernels::table());
  if (!needed) return needed.error();
  const auto goes = [without](const Resident& resident) {
    return without == Without::kAll || resident.engine->n_active() == 0;
  };
  size_t most =
      static_cast<size_t>(std::max<int64_t>(0, platform::available_memory_bytes())) + sum_memory(goes);
  const size_t stays = sum_memory([&](const Resident& resident) { return !goes(resident); });
  if (options_.memory_bytes != 0)
    most = std::min(most, options_.memory_bytes - std::min(options_.memory_bytes, stays));
  if (*needed <= most) return {};
  return Error{Code::kOutOfMemory, "'" + entry.name.display() + "' needs " + to_gigabytes(*needed) +
                                       " of memory, and there are " + to_gigabytes(most) +
                                       (without == Without::kAll ? " when no other model is loaded"
                                                                 : " when idle models are unloaded")};
}

// Idle models make room, the longest unused first; but none goes for one that would not fit even so.
Result<Resident*> EngineBackend::load(const catalog::Entry& entry) {
  const Resident* twin = find_twin(entry);
  while (twin == nullptr && count_engines() >= std::max<size_t>(1, options_.max_loaded_models) &&
         unload_oldest_idle()) {
  }
  bool is_checked = false;
  for (;;) {
    ResidentOptions options = options_.resident;
    options.memory_limit_bytes = left_bytes();
    auto resident = load_resident(entry, options, twin);
    if (resident) {
      Resident* loaded = resident->get();
      residents_[entry.digest] = std::move(*resident);
      touch(*loaded, std::nullopt);
      return loaded;
    }
    if (resident.error().code != Code::kOutOfMemory || residents_.empty()) return resident.error();
    if (!std::exchange(is_checked, true)) {
      if (const auto fits = check_would_fit(entry, Without::kIdle); !fits) return fits.error();
    }
    if (!unload_oldest_idle()) return resident.error();
  }
}

void EngineBackend::touch(Resident& resident, const std::optional<int64_t>& keep_alive_ns) {
  resident.last_used_ns = steady_ns();
  const bool pinned = resident.keep_until_ns == kForever && !keep_alive_ns;
  const int64_t keep_ns = keep_alive_ns.value_or(options_.keep_alive_ns);
  if (!pinned) {
    const int64_t now = unix_ns();
    resident.keep_until_ns = keep_ns < 0 || keep_ns > kForever - now ? kForever : now + keep_ns;
  }
  publish();
}

bool EngineBackend::unload_oldest_idle() {
  auto oldest = residents_.end();
  for (auto it = residents_.begin(); it != residents_.end(); ++it) {
    if (it->second->engine->n_active() != 0) continue;
    if (oldest == residents_.end() || it->second->last_used_ns < oldest->second->last_used_ns) oldest = it;
  }
  if (oldest == residents_.end()) return false;
  residents_.erase(oldest);
  publish();
  return true;
}

void EngineBackend::unload_expired() {
  const int64_t now = unix_ns();
  const size_t erased = std::erase_if(residents_, [&](const auto& item) {
    return item.second->keep_until_ns <= now && item.second->engine->n_active() == 0;
  });
  if (erased != 0) publish();
}

// Copies what other threads may ask about.
void EngineBackend::publish() {
  std::vector<LoadedModel> loaded;
  for (const auto& [digest, resident] : residents_) {
    const auto n_ctx =
        std::min<int64_t>(options_.resident.num_ctx, static_cast<int64_t>(resident->engine->n_ctx()));
    loaded.push_back({resident->summary, resident->keep_until_ns, resident->memory_bytes, n_ctx});
    loaded.back().summary.loaded = true;
  }
  const std::lock_guard lock(mutex_);
  loaded_ = std::move(loaded);
}

// While a model is busy past its time it is looked at again soon. Only called by the worker thread, with
// mutex_ held.
std::chrono::milliseconds EngineBackend::until_next_expiry() const {
  constexpr std::chrono::milliseconds kLongest{3'600'000};
  constexpr std::chrono::milliseconds kShortest{100};
  const int64_t now = unix_ns();
  auto wait = postponed_.empty() ? kLongest : kShortest;
  for (const auto& [digest, resident] : residents_) {
    if (resident->keep_until_ns == kForever) continue;
    const std::chrono::milliseconds left{(resident->keep_until_ns - now) / 1'000'000 + 1};
    wait = std::clamp(std::min(wait, left), kShortest, kLongest);
  }
  return wait;
}

}  // namespace samovar::backend
