// The vector of a text: what the model thinks of it, over its tokens. Engine thread only.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/generation.h"
#include "model/transformer.h"
#include "text/vocabulary.h"

namespace samovar::engine {

enum class Pooling { kMean, kFirst, kLast };

struct EmbeddingRequest {
  std::vector<text::TokenId> tokens;  // not empty
  Pooling pooling = Pooling::kLast;
  std::string client;  // whose turn it uses (engine/fair_line.h)
  // Set: nobody wants the vector any more; the callback gets kCancelled.
  std::shared_ptr<const std::atomic<bool>> abandoned;
  std::optional<SteadyTime> deadline;
  int64_t limit_ms = 0;  // what the deadline was made of, for its message
};

// On the engine's thread; must not block.
using EmbeddingCallback = std::function<void(Result<std::vector<float>>)>;

// One request on its way through the model, slice by slice, on a sequence of its own.
class EmbeddingTask {
 public:
  EmbeddingTask(EmbeddingRequest request, EmbeddingCallback callback)
      : request_(std::move(request)), callback_(std::move(callback)) {}

  // Computes at most `n` more tokens; true when it has answered.
  bool step(model::Transformer& transformer, uint32_t sequence, size_t n);
  void fail(Error error) { callback_(std::move(error)); }
  [[nodiscard]] const std::string& client() const { return request_.client; }
  // Why it need not go on: kCancelled, kTimeout.
  [[nodiscard]] std::optional<Error> find_end() const;

 private:
  void add(std::span<const float> row, size_t pos);

  EmbeddingRequest request_;
  EmbeddingCallback callback_;
  size_t n_done_ = 0;
  std::vector<double> sum_;    // [d_model] kMean
  std::vector<float> chosen_;  // [d_model] the others
};

}  // namespace samovar::engine
