// Something of the store that is asked for often, such as at every request: read when what is known is some
// seconds old, by one reader for all who ask meanwhile. Nobody waits for long: a store that does not answer
// is answered for. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "history/archive.h"

namespace samovar::history {

template <typename T>
class Recent : public std::enable_shared_from_this<Recent<T>> {
 public:
  using Done = std::function<void(Result<T>)>;
  struct Options {
    Archive* archive = nullptr;  // outlives all that is asked
    Archive::Work<T> read;
    // Onto the server's thread; unset: those who ask are called on the archive's.
    std::function<void(std::function<void()>, int delay_ms)> post_later;
    std::function<int64_t()> now_ms;  // a clock that never goes back
    int64_t fresh_ms = 2'000;         // so long it holds
    int64_t usable_ms = 0;            // and so long while the store cannot be read
    int patience_ms = 1'000;          // for an answer of the store
  };
  explicit Recent(Options options) : options_(std::move(options)) {}

  // Calls back at once, or later on the server's thread: with what is known, or with the store's failure; kIo
  // when the store has not answered in time.
  void ask(Done done) {
    std::optional<Result<T>> known;
    int64_t n = 0;  // of the reading that begins
    {
      const std::lock_guard lock(mutex_);
      known = find();
      if (!known) waiting_.push_back(std::move(done));
      // Where old knowledge will do, it is read again for those who come later.
      if (!reading_ && !is_fresh()) {
        reading_ = true;
        n = ++n_readings_;
      }
    }
    if (known) done(*std::move(known));
    if (n != 0) read(n);
  }

  // What is not old yet.
  [[nodiscard]] std::optional<T> peek() {
    const std::lock_guard lock(mutex_);
    return is_fresh() ? value_ : std::nullopt;
  }

  // What is known, however old.
  [[nodiscard]] std::optional<T> last() {
    const std::lock_guard lock(mutex_);
    return value_;
  }

 private:
  [[nodiscard]] int64_t age() const { return options_.now_ms() - read_ms_; }
  [[nodiscard]] bool is_fresh() const { return value_ && age() < options_.fresh_ms; }
  // What can be said without waiting.
  [[nodiscard]] std::optional<Result<T>> find() const {
    if (is_fresh()) return Result<T>(*value_);
    if (failed_ && value_ && age() < options_.usable_ms) return Result<T>(*value_);
    if (!late_) return std::nullopt;
    return Result<T>(Error{Code::kIo, "the database has not answered for more than " +
                                          std::to_string(options_.patience_ms) + " ms"});
  }

  void read(int64_t n) {
    const auto self = this->shared_from_this();
    options_.archive->template read<T>(options_.read, [self](Result<T> result) {
      if (!self->options_.post_later) return self->take(result);
      self->options_.post_later([self, result = std::move(result)] { self->take(result); }, 0);
    });
    if (!options_.post_later) return;
    options_.post_later(
        [weak = this->weak_from_this(), n] {
          if (const auto again = weak.lock()) again->lose_patience(n);
        },
        options_.patience_ms);
  }

  void take(const Result<T>& result) {
    std::vector<Done> waiting;
    std::optional<Result<T>> known;
    {
      const std::lock_guard lock(mutex_);
      reading_ = late_ = false;
      failed_ = !result;
      if (result) {
        value_ = *result;
        read_ms_ = options_.now_ms();
      }
      known = find();
      waiting.swap(waiting_);
    }
    for (const Done& done : waiting) done(known ? *known : result);
  }

  void lose_patience(int64_t n) {
    std::vector<Done> waiting;
    std::optional<Result<T>> known;
    {
      const std::lock_guard lock(mutex_);
      if (!reading_ || n != n_readings_) return;
      failed_ = late_ = true;
      known = find();
      waiting.swap(waiting_);
    }
    for (const Done& done : waiting) done(*known);
  }

  const Options options_;
  std::mutex mutex_;  // of all that follows
  std::optional<T> value_;
  int64_t read_ms_ = 0;  // when that was
  bool failed_ = false;  // the last time
  bool reading_ = false;
  bool late_ = false;  // the reading under way
  int64_t n_readings_ = 0;
  std::vector<Done> waiting_;
};

}  // namespace samovar::history
