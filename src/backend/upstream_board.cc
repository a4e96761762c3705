#include "backend/upstream_board.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "catalog/name.h"

namespace samovar::backend {
namespace {

constexpr size_t kMaxConversations = 20'000;  // remembered; about 100 bytes each
constexpr int64_t kAsideMs = 1'000;           // the first time, doubling
constexpr int64_t kLongestAsideMs = 30'000;
constexpr int64_t kRecheckMs = 1'000;

// "smollm2" and "smollm2:latest" are the same to an Ollama.
std::string plain_name(const std::string& model) {
  const auto name = catalog::parse_name(model);
  return name ? name->full() : model;
}

int64_t doubled(int64_t first, int64_t times, int64_t most) {
  for (int64_t i = 1; i < times && first < most; ++i) first *= 2;
  return std::min(first, most);
}

// FNV-1a; a mark behind each text keeps "ab"+"c" and "a"+"bc" apart.
uint64_t mix(uint64_t hash, std::string_view text) {
  constexpr uint64_t kPrime = 1099511628211U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  return (hash ^ 0xFFU) * kPrime;
}

}  // namespace

std::vector<uint64_t> conversation_keys(const Request& request) {
  constexpr uint64_t kBasis = 14695981039346656037U;
  std::vector<uint64_t> keys;
  if (request.kind != Request::Kind::kChat) return keys;
  uint64_t hash = mix(kBasis, plain_name(request.model));
  for (const text::ChatMessage& message : request.messages) {
    hash = mix(mix(hash, message.role), message.content);
    keys.push_back(hash);
  }
  return keys;
}

UpstreamBoard::UpstreamBoard(std::vector<std::string> places, BoardOptions options)
    : n_(places.size()), options_(std::move(options)), entries_(places.size()) {
  if (!options_.now_ms) options_.now_ms = steady_ms;
  for (size_t i = 0; i < n_; ++i) {
    entries_[i].state.place = std::move(places[i]);
    entries_[i].due_ms = now();
  }
}

std::string UpstreamBoard::place(size_t upstream) const {
  const std::lock_guard lock(mutex_);
  return entries_[upstream].state.place;
}

// 0: up, and nothing speaks against it; more: worse.
int UpstreamBoard::rank(const Entry& entry, const Wanted& wanted) const {
  int rank = 0;
  if (!entry.state.is_up) rank += 4;
  if (entry.aside_until_ms > now()) rank += 2;
  const bool lacks_model = entry.has_been_checked && !wanted.model.empty() && !entry.models.empty() &&
                           !entry.models.contains(plain_name(wanted.model));
  return rank + (lacks_model ? 1 : 0);
}

std::optional<size_t> UpstreamBoard::find_last(const std::vector<uint64_t>& conversation) const {
  for (auto key = conversation.rbegin(); key != conversation.rend(); ++key) {
    if (const auto found = last_.find(*key); found != last_.end()) return found->second->second;
  }
  return std::nullopt;
}

std::optional<size_t> UpstreamBoard::choose(const Wanted& wanted) {
  const std::lock_guard lock(mutex_);
  std::optional<size_t> best;
  int best_rank = 0;
  for (size_t i = 0; i < n_; ++i) {
    if (wanted.tried.contains(i)) continue;
    const Entry& entry = entries_[i];
    const int own = rank(entry, wanted);
    // Those that are as busy take turns.
    const auto load = [](const UpstreamState& state) { return std::pair(state.running, state.answered); };
    if (!best || own < best_rank || (own == best_rank && load(entry.state) < load(entries_[*best].state))) {
      best = i;
      best_rank = own;
    }
  }
  if (!best) return std::nullopt;
  const std::optional<size_t> last = find_last(wanted.conversation);
  if (last && !wanted.tried.contains(*last) && rank(entries_[*last], wanted) == best_rank &&
      entries_[*last].state.running <= entries_[*best].state.running + options_.patience) {
    best = last;
  }
  ++entries_[*best].state.running;
  return best;
}

void UpstreamBoard::leave(size_t upstream, Outcome outcome) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[upstream];
  --entry.state.running;
  if (outcome == Outcome::kAnswered) {
    ++entry.state.answered;
    entry.n_failed_answers = 0;
    entry.aside_until_ms = 0;
    entry.state.is_up = true;
    entry.state.problem.clear();
  }
  if (outcome == Outcome::kFailed) ++entry.state.failed;
  if (outcome == Outcome::kMoved) ++entry.state.moved;
}

void UpstreamBoard::remember(size_t upstream, const std::vector<uint64_t>& conversation) {
  if (conversation.empty()) return;
  const std::lock_guard lock(mutex_);
  const uint64_t key = conversation.back();
  if (const auto found = last_.find(key); found != last_.end()) kept_.erase(found->second);
  kept_.emplace_front(key, upstream);
  last_[key] = kept_.begin();
  if (kept_.size() <= kMaxConversations) return;
  last_.erase(kept_.back().first);
  kept_.pop_back();
}

void UpstreamBoard::set_aside(size_t upstream, const std::string& problem) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[upstream];
  entry.state.problem = problem;
  ++entry.n_failed_answers;
  entry.aside_until_ms = now() + doubled(kAsideMs, entry.n_failed_answers, kLongestAsideMs);
}

bool UpstreamBoard::note_check(size_t upstream, const Result<std::vector<std::string>>& models) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[upstream];
  const bool was_up = entry.state.is_up;
  entry.is_being_checked = false;
  entry.has_been_checked = true;
  entry.checked_ms = now();
  if (models) {
    entry.n_failed_checks = 0;
    entry.models.clear();
    for (const std::string& model : *models) entry.models.insert(plain_name(model));
    if (!was_up) entry.aside_until_ms = entry.n_failed_answers = 0;
    if (!was_up || entry.aside_until_ms == 0) entry.state.problem.clear();
    entry.state.is_up = true;
    entry.due_ms = now() + options_.check_every_ms;
    return false;
  }
  ++entry.n_failed_checks;
  entry.state.problem = models.error().message;
  // A busy machine may be slow once.
  entry.state.is_up = models.error().code == Code::kTimeout && was_up && entry.n_failed_checks < 2;
  entry.due_ms = now() + doubled(options_.check_soon_ms, entry.n_failed_checks, options_.check_late_ms);
  return was_up && !entry.state.is_up;
}

std::vector<size_t> UpstreamBoard::due_for_check() {
  const std::lock_guard lock(mutex_);
  std::vector<size_t> due;
  for (size_t i = 0; i < n_; ++i) {
    if (entries_[i].is_being_checked || entries_[i].due_ms > now()) continue;
    entries_[i].is_being_checked = true;
    due.push_back(i);
  }
  return due;
}

int64_t UpstreamBoard::ms_until_check() const {
  const std::lock_guard lock(mutex_);
  int64_t wait = options_.check_late_ms;
  for (const Entry& entry : entries_) {
    if (!entry.is_being_checked) wait = std::min(wait, entry.due_ms - now());
  }
  return std::max<int64_t>(0, wait);
}

void UpstreamBoard::check_soon(size_t upstream) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[upstream];
  entry.due_ms = std::min(entry.due_ms, std::max(now(), entry.checked_ms + kRecheckMs));
}

std::vector<UpstreamState> UpstreamBoard::read() const {
  const std::lock_guard lock(mutex_);
  std::vector<UpstreamState> out;
  for (const Entry& entry : entries_) out.push_back(entry.state);
  return out;
}

bool UpstreamBoard::is_up(size_t upstream) const {
  const std::lock_guard lock(mutex_);
  return entries_[upstream].state.is_up;
}

bool UpstreamBoard::knows_one_up() const {
  const std::lock_guard lock(mutex_);
  return std::any_of(entries_.begin(), entries_.end(),
                     [](const Entry& entry) { return entry.has_been_checked && entry.state.is_up; });
}

std::vector<size_t> UpstreamBoard::list_usable() const {
  const std::lock_guard lock(mutex_);
  std::vector<size_t> up, all;
  for (size_t i = 0; i < n_; ++i) {
    all.push_back(i);
    if (entries_[i].state.is_up) up.push_back(i);
  }
  return up.empty() ? all : up;
}

}  // namespace samovar::backend
