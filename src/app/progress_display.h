// Shows a long operation of the library while it runs: bars that grow on a terminal, plain lines elsewhere.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "backend/library.h"

namespace samovar::app {

// Writes to standard error.
class ProgressDisplay : public backend::ProgressListener {
 public:
  ProgressDisplay();

  void on_progress(backend::Progress progress) override;
  void on_end(Result<void> result) override;

  // Blocks until the end.
  [[nodiscard]] Result<void> wait();

 private:
  using Clock = std::chrono::steady_clock;
  struct Line {
    backend::Progress progress;
    int64_t begun_bytes = 0;
    Clock::time_point begun;
    int shown_tenth = -1;  // plain lines: the last tenth that was told
  };
  void draw();
  void tell_plainly(Line& line);
  [[nodiscard]] std::string format(const Line& line, size_t columns) const;

  const bool on_terminal_;
  std::mutex mutex_;  // guards everything below
  std::condition_variable ended_;
  std::vector<Line> lines_;
  size_t n_drawn_ = 0;
  Clock::time_point drawn_;
  std::optional<Result<void>> end_;
};

using BeginOperation =
    std::function<std::shared_ptr<backend::Run>(std::shared_ptr<backend::ProgressListener>)>;

// Starts the operation, shows it, and waits for its end.
[[nodiscard]] Result<void> watch_operation(const BeginOperation& begin);

// Starts the operation, shows it, and waits. Ctrl-C ends the program; the next time it goes on from there.
// The exit code.
[[nodiscard]] int show_operation(const BeginOperation& begin);

}  // namespace samovar::app
