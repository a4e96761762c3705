#include "app/progress_display.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "app/human.h"
#include "app/progress_bar.h"
#include "app/report.h"

namespace samovar::app {
namespace {

constexpr std::chrono::milliseconds kRedraw{100};
constexpr size_t kUsualColumns = 80;

size_t terminal_columns() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsualColumns;
  return size.ws_col;
}

}  // namespace

ProgressDisplay::ProgressDisplay() : on_terminal_(isatty(STDERR_FILENO) == 1) {}

void ProgressDisplay::on_progress(backend::Progress progress) {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  if (lines_.empty() || lines_.back().progress.status != progress.status) {
    if (on_terminal_ && !lines_.empty()) draw();
    lines_.push_back({.progress = progress, .begun_bytes = progress.completed_bytes, .begun = now});
  }
  lines_.back().progress = std::move(progress);
  if (!on_terminal_) return tell_plainly(lines_.back());
  if (now - drawn_ >= kRedraw) draw();
}

// One line for each step, and one for each tenth of a transfer.
void ProgressDisplay::tell_plainly(Line& line) {
  const backend::Progress& at = line.progress;
  const int tenth = at.total_bytes > 0 ? static_cast<int>(at.completed_bytes * 10 / at.total_bytes) : 0;
  if (tenth <= line.shown_tenth) return;
  line.shown_tenth = tenth;
  std::string text = at.status;
  if (at.total_bytes > 0) text += ": " + std::to_string(tenth * 10) + "% of " + human_bytes(at.total_bytes);
  std::fprintf(stderr, "%s\n", text.c_str());
}

std::string ProgressDisplay::format(const Line& line, size_t columns) const {
  const backend::Progress& at = line.progress;
  if (at.total_bytes <= 0) return at.status + " ";
  const std::chrono::duration<double> seconds = Clock::now() - line.begun;
  const auto came = static_cast<double>(at.completed_bytes - line.begun_bytes);
  return format_bar({.label = at.status,
                     .completed_bytes = at.completed_bytes,
                     .total_bytes = at.total_bytes,
                     .bytes_per_second = seconds.count() > 0.5 ? came / seconds.count() : 0},
                    columns);
}

void ProgressDisplay::draw() {
  const size_t columns = terminal_columns();
  std::string text;
  if (n_drawn_ > 0) text += "\x1b[" + std::to_string(n_drawn_) + "A";
  for (const Line& line : lines_) text += "\r" + format(line, columns) + "\x1b[K\n";
  n_drawn_ = lines_.size();
  drawn_ = Clock::now();
  std::fputs(text.c_str(), stderr);
}

void ProgressDisplay::on_end(Result<void> result) {
  const std::lock_guard lock(mutex_);
  if (on_terminal_ && !lines_.empty()) draw();
  end_ = std::move(result);
  ended_.notify_all();
}

Result<void> ProgressDisplay::wait() {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return end_.has_value(); });
  return *end_;
}

Result<void> watch_operation(const BeginOperation& begin) {
  const auto display = std::make_shared<ProgressDisplay>();
  const std::shared_ptr<backend::Run> run = begin(display);
  return display->wait();
}

int show_operation(const BeginOperation& begin) {
  const Result<void> result = watch_operation(begin);
  return result ? 0 : report(result.error());
}

}  // namespace samovar::app
