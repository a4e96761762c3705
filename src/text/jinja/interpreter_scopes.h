// The interpreter's scope guards.
#pragma once

#include <memory>
#include <utility>

#include "text/jinja/interpreter.h"

namespace samovar::text::jinja {

// Counts one nested evaluation.
class Interpreter::Depth {
 public:
  explicit Depth(Interpreter& run) : run_(run) {
    if (++run_.calls_ > kMaxCalls) {
      --run_.calls_;
      fail("the template's calls are nested too deeply (over 600 evaluations in each other)");
    }
  }
  ~Depth() { --run_.calls_; }
  Depth(const Depth&) = delete;
  Depth& operator=(const Depth&) = delete;

 private:
  Interpreter& run_;
};

// A new scope inside `parent`.
class Interpreter::FrameScope {
 public:
  FrameScope(Interpreter& run, std::shared_ptr<Frame> parent)
      : run_(run), saved_(std::exchange(run.frame_, std::make_shared<Frame>(Frame{std::move(parent), {}}))) {}
  ~FrameScope() { run_.frame_ = std::move(saved_); }
  FrameScope(const FrameScope&) = delete;
  FrameScope& operator=(const FrameScope&) = delete;

 private:
  Interpreter& run_;
  std::shared_ptr<Frame> saved_;
};

// Sends printed text to a string of its own.
class Interpreter::Capture {
 public:
  explicit Capture(Interpreter& run) : run_(run), saved_(std::exchange(run.out_, &text_)) {}
  ~Capture() { run_.out_ = saved_; }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  std::string take() { return text_.take(); }

 private:
  Interpreter& run_;
  Text text_;
  Text* saved_;
};

}  // namespace samovar::text::jinja
