// Limits of one rendering, and the exception by which a template interpreter leaves a failed one.
// Failure never leaves jinja/ and go_template/: their entry points turn it into an Error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace samovar::text {

inline constexpr uint64_t kMaxSteps = 5'000'000;            // evaluated nodes, visited elements
inline constexpr size_t kMaxText = size_t{32} << 20;        // bytes of one string, and of the output
inline constexpr size_t kMaxTextTotal = size_t{256} << 20;  // bytes of all strings ever made
inline constexpr int kMaxNesting = 200;                     // of source constructs and of values
inline constexpr int kMaxCalls = 600;                       // nested evaluations, macro calls included

struct Failure {
  Code code = Code::kInvalidArgument;
  std::string message;
  int line = 0;  // 0: where the interpreter is
};

[[noreturn]] inline void fail(std::string message) {
  throw Failure{Code::kInvalidArgument, std::move(message), 0};
}
[[noreturn]] inline void fail_unsupported(std::string message) {
  throw Failure{Code::kUnsupported, std::move(message), 0};
}

class Meter {
 public:
  void steps(uint64_t n = 1) {
    steps_ += n;
    if (steps_ > kMaxSteps) fail("the template runs for too long (over 5 million steps)");
  }

  void text(size_t bytes) {
    bytes_ += bytes;
    if (bytes_ > kMaxTextTotal) fail("the template makes too much text (over 256 MB in all)");
  }

 private:
  uint64_t steps_ = 0;
  size_t bytes_ = 0;
};

// A string that grows up to kMaxText.
class Text {
 public:
  Text& add(std::string_view part) {
    if (part.size() > kMaxText - text_.size()) fail("the template makes a text over 32 MB");
    text_ += part;
    return *this;
  }
  Text& repeat(std::string_view part, size_t times) {
    if (part.empty()) return *this;
    if (times > kMaxText / part.size()) fail("the template makes a text over 32 MB");
    for (size_t i = 0; i < times; ++i) add(part);
    return *this;
  }
  [[nodiscard]] const std::string& str() const { return text_; }
  [[nodiscard]] size_t size() const { return text_.size(); }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace samovar::text
