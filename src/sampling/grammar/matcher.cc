#include "sampling/grammar/matcher.h"

#include <algorithm>
#include <bitset>

namespace samovar::sampling::grammar {
namespace {

constexpr size_t kBytesPerConfig = 100;  // of the tables that find it again

}  // namespace

size_t Matcher::ItemsHash::operator()(const std::vector<Item>& items) const {
  size_t hash = items.size();
  for (const Item& item : items) hash = (hash ^ ItemHash()(item)) * 0x100000001B3U;
  return hash;
}

Matcher::Matcher(std::shared_ptr<const Automaton> automaton) : automaton_(std::move(automaton)) {
  make_classes();
  reset();
  std::vector<Item> first = {{automaton_->root, kNoFrame}};
  close(first);
  start_ = intern(std::move(first));
}

// A class begins wherever some edge begins or has just ended.
void Matcher::make_classes() {
  std::bitset<257> begins;
  for (const State& state : automaton_->states) {
    for (const Edge& edge : state.edges) {
      if (edge.kind != Edge::Kind::kBytes) continue;
      begins.set(edge.low);
      begins.set(size_t{edge.high} + 1);
    }
  }
  size_t current = 0;
  for (size_t byte = 0; byte < 256; ++byte) {
    if (byte > 0 && begins.test(byte)) ++current;
    classes_[byte] = static_cast<uint8_t>(current);
  }
  n_classes_ = current + 1;
}

void Matcher::reset() {
  items_.clear();
  complete_.clear();
  next_.clear();
  configs_.clear();
  frames_.clear();
  frame_ids_.clear();
  n_bytes_ = 0;
  intern({});  // kDead
  std::fill(next_.begin(), next_.end(), kDead);
}

Config Matcher::intern(std::vector<Item> items) {
  std::sort(items.begin(), items.end());
  const auto found = configs_.find(items);
  if (found != configs_.end()) return found->second;
  const auto id = static_cast<Config>(items_.size());
  const bool complete = std::any_of(items.begin(), items.end(), [this](const Item& item) {
    return item.frame == kNoFrame && automaton_->states[item.state].returns;
  });
  complete_.push_back(complete);
  next_.insert(next_.end(), n_classes_, kUnknown);
  n_bytes_ += n_classes_ * sizeof(Config) + 2 * items.size() * sizeof(Item) + kBytesPerConfig;
  configs_.emplace(items, id);
  items_.push_back(std::move(items));
  return id;
}

uint32_t Matcher::push_frame(Item back) {
  // A call that is a rule's last step returns to where the rule itself would: no frame, so that a long list
  // does not pile them up.
  for (;;) {
    const State& state = automaton_->states[back.state];
    if (!state.returns && state.edges.size() == 1 && state.edges[0].kind == Edge::Kind::kEmpty) {
      back.state = state.edges[0].to;
    } else if (state.returns && state.edges.empty() && back.frame != kNoFrame) {
      back = frames_[back.frame];
    } else {
      break;
    }
  }
  const auto [at, is_new] = frame_ids_.try_emplace(back, static_cast<uint32_t>(frames_.size()));
  if (is_new) frames_.push_back(back);
  return at->second;
}

void Matcher::close(std::vector<Item>& items) {
  met_.clear();
  std::vector<Item> open;
  const auto add = [&](Item item) {
    if (met_.try_emplace(item, true).second) open.push_back(item);
  };
  for (const Item& item : items) add(item);
  items.clear();
  while (!open.empty()) {
    const Item item = open.back();
    open.pop_back();
    if (met_.size() > kMaxItems) {
      overflowed_ = true;
      items.clear();
      return;
    }
    const State& state = automaton_->states[item.state];
    bool waits = state.returns && item.frame == kNoFrame;
    if (state.returns && item.frame != kNoFrame) add(frames_[item.frame]);
    for (const Edge& edge : state.edges) {
      if (edge.kind == Edge::Kind::kBytes) waits = true;
      if (edge.kind == Edge::Kind::kEmpty) add({edge.to, item.frame});
      if (edge.kind == Edge::Kind::kCall) add({edge.callee, push_frame({edge.to, item.frame})});
    }
    if (waits) items.push_back(item);
  }
}

Config Matcher::make_step(Config from, uint8_t byte) {
  if (n_bytes_ > kMaxBytes) overflowed_ = true;
  if (overflowed_) return kDead;
  std::vector<Item> items;
  for (const Item& item : items_[from]) {
    for (const Edge& edge : automaton_->states[item.state].edges) {
      if (edge.kind == Edge::Kind::kBytes && byte >= edge.low && byte <= edge.high) {
        items.push_back({edge.to, item.frame});
      }
    }
  }
  close(items);
  const Config to = intern(std::move(items));
  next_[from * n_classes_ + classes_[byte]] = to;
  return to;
}

Config Matcher::shrink(Config config) {
  // The frames below an item are named by number: they are copied, deepest first, into the new tables.
  const std::vector<Item> kept = items_[config];
  const std::vector<Item> old_frames = std::move(frames_);
  reset();
  std::vector<uint32_t> moved(old_frames.size(), kNoFrame);
  std::vector<Item> items;
  for (Item item : kept) {
    std::vector<uint32_t> chain;
    for (uint32_t frame = item.frame; frame != kNoFrame && moved[frame] == kNoFrame;
         frame = old_frames[frame].frame) {
      chain.push_back(frame);
    }
    for (auto frame = chain.rbegin(); frame != chain.rend(); ++frame) {
      Item below = old_frames[*frame];
      if (below.frame != kNoFrame) below.frame = moved[below.frame];
      const auto [at, is_new] = frame_ids_.try_emplace(below, static_cast<uint32_t>(frames_.size()));
      if (is_new) frames_.push_back(below);
      moved[*frame] = at->second;
    }
    if (item.frame != kNoFrame) item.frame = moved[item.frame];
    items.push_back(item);
  }
  std::vector<Item> first = {{automaton_->root, kNoFrame}};
  close(first);
  start_ = intern(std::move(first));
  return intern(std::move(items));
}

}  // namespace samovar::sampling::grammar
