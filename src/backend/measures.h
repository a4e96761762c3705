// Figures of the answers that have passed the gate, for /metrics. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"

namespace samovar::backend {

// How many observed values were at most each bound, as Prometheus counts them.
class Histogram {
 public:
  explicit Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}

  void observe(double value);

  struct Figures {
    std::vector<double> bounds;
    std::vector<int64_t> at_most;  // one for each bound
    int64_t count = 0;
    double sum = 0;
  };
  [[nodiscard]] Figures read() const;

 private:
  const std::vector<double> bounds_;
  mutable std::mutex mutex_;
  std::vector<int64_t> counts_;  // of values in each interval, the last one open; guarded by mutex_
  double sum_ = 0;               // guarded by mutex_
};

struct TokenFigures {
  int64_t prompt = 0;
  int64_t cached = 0;  // of the prompt
  int64_t answer = 0;
  int64_t embedded = 0;
};

class Measures {
 public:
  Histogram queue_wait_seconds{{0.005, 0.05, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300}};
  Histogram first_token_seconds{{0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120}};
  Histogram between_tokens_seconds{{0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5}};

  // Models beyond the first hundred names count as "other": what clients write must not grow without bound.
  void add_tokens(const std::string& model, const TokenFigures& tokens);
  // `result`: "stop", "length", "load", "unload" or an error's name.
  void count_answer(const std::string& result);

  [[nodiscard]] std::map<std::string, TokenFigures> tokens() const;
  [[nodiscard]] std::map<std::string, int64_t> answers() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, TokenFigures> tokens_;  // guarded by mutex_
  std::map<std::string, int64_t> answers_;      // guarded by mutex_
};

}  // namespace samovar::backend
