// Runs an automaton over bytes. States of the run are numbered and their transitions kept, so that a byte
// costs one look-up once its like was seen: a deterministic automaton that is made as it is needed.
// Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "sampling/grammar/automaton.h"

namespace samovar::sampling::grammar {

// Everything that the automaton may be in the midst of after some bytes.
using Config = uint32_t;
inline constexpr Config kDead = 0;  // no text of the language begins like this

class Matcher {
 public:
  explicit Matcher(std::shared_ptr<const Automaton> automaton);

  [[nodiscard]] Config start() const { return start_; }
  // The configuration behind one more byte.
  [[nodiscard]] Config step(Config from, uint8_t byte) {
    const Config known = next_[from * n_classes_ + classes_[byte]];
    return known != kUnknown ? known : make_step(from, byte);
  }
  // The bytes so far are a whole text of the language.
  [[nodiscard]] bool complete(Config config) const { return complete_[config]; }

  // True when a configuration, or all of them together, became too large to follow; the run cannot go on.
  // Only languages with a great many ways to read the same text come here.
  [[nodiscard]] bool overflowed() const { return overflowed_; }

  // Forgets what is kept but `config`, whose new number is returned.
  Config shrink(Config config);
  // Of what is kept, without the tables' own.
  [[nodiscard]] size_t n_bytes() const { return n_bytes_; }

 private:
  static constexpr Config kUnknown = ~Config{0};
  static constexpr uint32_t kNoFrame = ~uint32_t{0};
  static constexpr size_t kMaxItems = 20'000;
  static constexpr size_t kMaxBytes = size_t{48} << 20U;

  struct Item {  // one way to read the bytes so far
    StateId state = 0;
    uint32_t frame = kNoFrame;  // where to go on after the rule's end
    auto operator<=>(const Item&) const = default;
  };
  struct ItemHash {
    size_t operator()(const Item& item) const {
      return (size_t{item.frame} << 32U | item.state) * 0x9E3779B97F4A7C15U >> 7U;
    }
  };
  struct ItemsHash {
    size_t operator()(const std::vector<Item>& items) const;
  };

  void make_classes();
  void reset();
  Config make_step(Config from, uint8_t byte);
  Config intern(std::vector<Item> items);
  uint32_t push_frame(Item back);
  // Adds what is reached without a byte; leaves only items that wait for one, or are the end of all.
  void close(std::vector<Item>& items);

  std::shared_ptr<const Automaton> automaton_;
  std::array<uint8_t, 256> classes_{};  // bytes that every edge treats alike
  size_t n_classes_ = 0;
  Config start_ = 0;
  bool overflowed_ = false;
  size_t n_bytes_ = 0;

  std::vector<std::vector<Item>> items_;  // by configuration
  std::vector<bool> complete_;            // by configuration
  std::vector<Config> next_;              // (configurations, classes)
  std::unordered_map<std::vector<Item>, Config, ItemsHash> configs_;
  std::vector<Item> frames_;  // the state to return to, and the frame below
  std::unordered_map<Item, uint32_t, ItemHash> frame_ids_;
  std::unordered_map<Item, bool, ItemHash> met_;  // scratch of close()
};

}  // namespace samovar::sampling::grammar
