#include "backend/thinking_splitter.h"

#include <algorithm>

namespace samovar::backend {
namespace {

constexpr std::string_view kOpen = "<think>";
constexpr std::string_view kClose = "</think>";
constexpr std::string_view kSpace = " \t\r\n";

// Bytes at the end of `text` that may be the beginning of `tag`.
size_t possible_tag_bytes(std::string_view text, std::string_view tag) {
  for (size_t n = std::min(text.size(), tag.size() - 1); n > 0; --n) {
    if (text.substr(text.size() - n) == tag.substr(0, n)) return n;
  }
  return 0;
}

void drop_leading_space(std::string& text) {
  text.erase(0, std::min(text.find_first_not_of(kSpace), text.size()));
}

}  // namespace

SplitText ThinkingSplitter::push(std::string_view piece) {
  held_ += piece;
  SplitText out;
  while (advance(out)) {
  }
  return out;
}

bool ThinkingSplitter::advance(SplitText& out) {
  switch (state_) {
    case State::kStart: {
      const size_t text = held_.find_first_not_of(kSpace);
      if (text == std::string::npos) return false;
      const std::string_view rest = std::string_view(held_).substr(text);
      if (rest.size() < kOpen.size() && kOpen.substr(0, rest.size()) == rest) return false;
      if (rest.substr(0, kOpen.size()) == kOpen) {
        held_.erase(0, text + kOpen.size());
        state_ = State::kThinking;
      } else {
        state_ = State::kContent;
      }
      return true;
    }
    case State::kThinking: {
      if (first_) drop_leading_space(held_);
      const size_t close = held_.find(kClose);
      const size_t n = close != std::string::npos ? close : held_.size() - possible_tag_bytes(held_, kClose);
      if (n > 0) first_ = false;
      out.thinking += held_.substr(0, n);
      held_.erase(0, n);
      if (close == std::string::npos) return false;
      held_.erase(0, kClose.size());
      state_ = State::kAfter;
      return true;
    }
    case State::kAfter:
      drop_leading_space(held_);
      if (held_.empty()) return false;
      state_ = State::kContent;
      return true;
    case State::kContent:
      out.content += held_;
      held_.clear();
      return false;
  }
  return false;
}

SplitText ThinkingSplitter::finish() {
  SplitText out;
  (state_ == State::kThinking ? out.thinking : out.content) = std::move(held_);
  held_.clear();
  return out;
}

}  // namespace samovar::backend
