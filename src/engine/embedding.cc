#include "engine/embedding.h"

#include <algorithm>

namespace samovar::engine {

bool EmbeddingTask::step(model::Transformer& transformer, uint32_t sequence, size_t n) {
  const size_t count = std::min(n, request_.tokens.size() - n_done_);
  std::vector<model::BatchRow> batch;
  for (size_t i = 0; i < count; ++i) {
    batch.push_back({request_.tokens[n_done_ + i], static_cast<int32_t>(n_done_ + i), sequence, false,
                     model::RowKind::kPrompt});
  }
  transformer.forward(batch);
  const std::span<const float> rows = transformer.normed_rows();
  const size_t width = rows.size() / count;
  for (size_t i = 0; i < count; ++i) add(rows.subspan(i * width, width), n_done_ + i);
  n_done_ += count;
  if (n_done_ < request_.tokens.size()) return false;
  if (request_.pooling == Pooling::kMean) {
    const auto total = static_cast<double>(request_.tokens.size());
    for (const double sum : sum_) chosen_.push_back(static_cast<float>(sum / total));
  }
  callback_(std::move(chosen_));
  return true;
}

void EmbeddingTask::add(std::span<const float> row, size_t pos) {
  if (request_.pooling == Pooling::kMean) {
    sum_.resize(row.size());
    for (size_t i = 0; i < row.size(); ++i) sum_[i] += static_cast<double>(row[i]);
    return;
  }
  const bool wanted = request_.pooling == Pooling::kFirst ? pos == 0 : pos + 1 == request_.tokens.size();
  if (wanted) chosen_.assign(row.begin(), row.end());
}

std::optional<Error> EmbeddingTask::find_end() const {
  if (request_.abandoned && request_.abandoned->load())
    return Error{Code::kCancelled, "the request was cancelled"};
  if (request_.deadline && std::chrono::steady_clock::now() > *request_.deadline) {
    return Error{Code::kTimeout, name_limit(request_.limit_ms) + " has passed before it was whole"};
  }
  return std::nullopt;
}

}  // namespace samovar::engine
