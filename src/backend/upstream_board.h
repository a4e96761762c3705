// Which of several upstreams answers next: who is up, who is busy, who has the model, and who answered this
// conversation last and so has it in its cache. Bookkeeping only: upstream_pool.h asks and reports.
// Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "backend/backend.h"
#include "base/result.h"

namespace samovar::backend {

struct UpstreamState {
  std::string place;
  bool is_up = true;    // by its last check; not checked yet counts as up
  std::string problem;  // of the last check, or of the requests since; empty: none
  int64_t running = 0;
  int64_t answered = 0;
  int64_t failed = 0;  // after the first token, or with nowhere else to go
  int64_t moved = 0;   // requests that went elsewhere before their first token
};

struct BoardOptions {
  int64_t check_every_ms = 10'000;  // one that is up
  int64_t check_soon_ms = 1'000;    // one that is down, the time doubling up to check_late_ms
  int64_t check_late_ms = 60'000;
  int64_t patience = 3;             // answers more than the least busy has, for the sake of the cache
  std::function<int64_t()> now_ms;  // a clock that never goes back; unset: the system's
};

// Hashes of the conversation's beginnings, one for each message, the shortest first.
[[nodiscard]] std::vector<uint64_t> conversation_keys(const Request& request);

class UpstreamBoard {
 public:
  explicit UpstreamBoard(std::vector<std::string> places, BoardOptions options = {});

  [[nodiscard]] size_t size() const { return n_; }

  [[nodiscard]] std::string place(size_t upstream) const;

  struct Wanted {
    std::string model;
    std::vector<uint64_t> conversation;  // conversation_keys(); may be empty
    std::set<size_t> tried;              // not again
  };
  // Counts as running there until leave(). Nothing: all were tried.
  [[nodiscard]] std::optional<size_t> choose(const Wanted& wanted);

  enum class Outcome { kAnswered, kFailed, kMoved, kCancelled };
  void leave(size_t upstream, Outcome outcome);
  // The conversation was answered there.
  void remember(size_t upstream, const std::vector<uint64_t>& conversation);
  // A request failed there in a way that is the upstream's fault: others are preferred for a while.
  void set_aside(size_t upstream, const std::string& problem);

  // What a check found: the names of its models. True: it was up and is not any more.
  bool note_check(size_t upstream, const Result<std::vector<std::string>>& models);
  [[nodiscard]] std::vector<size_t> due_for_check();  // they count as being checked until note_check()
  [[nodiscard]] int64_t ms_until_check() const;
  void check_soon(size_t upstream);  // at once, but not more than once a second

  [[nodiscard]] std::vector<UpstreamState> read() const;
  [[nodiscard]] bool is_up(size_t upstream) const;
  [[nodiscard]] bool knows_one_up() const;  // a check has said so
  // Those that are up; all when none is.
  [[nodiscard]] std::vector<size_t> list_usable() const;

 private:
  struct Entry {
    UpstreamState state;
    std::set<std::string> models;  // as is_same_name has it
    bool has_been_checked = false;
    bool is_being_checked = false;
    int64_t due_ms = 0;
    int64_t checked_ms = INT64_MIN / 2;
    int64_t n_failed_checks = 0;   // in a row
    int64_t n_failed_answers = 0;  // in a row
    int64_t aside_until_ms = 0;
  };
  [[nodiscard]] int rank(const Entry& entry, const Wanted& wanted) const;
  [[nodiscard]] std::optional<size_t> find_last(const std::vector<uint64_t>& conversation) const;
  [[nodiscard]] int64_t now() const { return options_.now_ms(); }

  const size_t n_;
  BoardOptions options_;
  mutable std::mutex mutex_;  // of all that follows
  std::vector<Entry> entries_;
  using Kept = std::list<std::pair<uint64_t, size_t>>;
  Kept kept_;                                          // the newest first
  std::unordered_map<uint64_t, Kept::iterator> last_;  // conversation -> its place in kept_
};

}  // namespace samovar::backend
