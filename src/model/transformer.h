// The forward pass of every supported family: tokens -> logits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/config.h"
#include "model/kv_cache.h"
#include "model/weights.h"
#include "ops/attention.h"
#include "ops/exec.h"
#include "ops/head.h"
#include "text/vocabulary.h"

namespace samovar::model {

// How a row is computed. With either, its results are the same bit for bit however the batch is cut and
// whatever else is in it; between the two they are rounded differently.
enum class RowKind : uint8_t {
  kAnswer,  // for one or a few rows of a sequence
  kPrompt,  // for many
};

// One token of a batch. Rows of one sequence stand together, at consecutive positions, and every earlier
// position of the sequence is in the cache already.
struct BatchRow {
  text::TokenId token = 0;  // in [0, n_vocab)
  int32_t pos = 0;          // in [0, cache.n_ctx())
  uint32_t sequence = 0;    // in [0, cache.n_sequences())
  bool wants_logits = false;
  RowKind kind = RowKind::kAnswer;  // the same for all rows of a sequence
  // Which of the logits will be looked at; the others may be -infinity. As ops::HeadRow says.
  size_t n_best = 0;                         // 0: all
  std::span<const text::TokenId> also = {};  // borrowed until forward() returns
};

class Transformer {
 public:
  // All are borrowed and must outlive the transformer.
  Transformer(const Config& config, const Weights& weights, KvCache& cache, ops::Exec& exec);

  // Runs the batch through all layers, writes its keys and values into the cache, and returns the logits of
  // the rows that want them: n_vocab floats each, in batch order, valid until the next call.
  // Precondition: the batch is as BatchRow says (the caller has checked ids and positions).
  std::span<const float> forward(std::span<const BatchRow> batch);

  // How much of the head was needed for rows with n_best > 0.
  [[nodiscard]] ops::Head::Counts head_counts() const { return head_.counts(); }

  // What stands behind the last layer's norm for every row of the last forward(): d_model floats each, valid
  // until the next call.
  std::span<const float> normed_rows();

 private:
  void prepare(std::span<const BatchRow> batch);
  void embed(std::span<const BatchRow> batch);
  void run_attention_block(size_t layer);
  void rotate_and_store(size_t layer, size_t row);
  void run_feed_forward_block(size_t layer);
  void norm_row(const Norm& norm, const float* x, float* out) const;
  void norm_rows(const Norm& norm);
  void activate(const LayerWeights& w, size_t row);
  void add_block(const std::vector<float>& bias, const std::vector<float>& post_norm);
  std::span<const float> run_head(std::span<const BatchRow> batch);

  const Config* config_;    // borrowed
  const Weights* weights_;  // borrowed
  KvCache* cache_;          // borrowed
  ops::Exec* exec_;         // borrowed
  ops::Rope rope_;
  ops::Rope local_rope_;
  ops::Head head_;

  size_t n_rows_ = 0;
  std::vector<BatchRow> rows_;
  std::vector<ops::Segment> segments_;
  std::vector<uint32_t> segment_sequences_;
  std::vector<float> x_;                      // (n_rows, d_model) the residual stream
  std::vector<float> normed_;                 // (n_rows, d_model) what a block reads
  std::vector<float> q_;                      // (n_rows, n_heads * head_dim)
  std::vector<float> k_;                      // (n_rows, n_kv_heads * head_dim)
  std::vector<float> v_;                      // (n_rows, n_kv_heads * head_dim)
  std::vector<float> attended_;               // (n_rows, n_heads * head_dim)
  std::vector<float> block_;                  // (n_rows, d_model) what a block adds to the stream
  std::vector<float> gate_;                   // (n_rows, d_ff)
  std::vector<float> up_;                     // (n_rows, d_ff); ones where the family has no gate
  std::vector<float> cos_, sin_;              // (n_rows, pairs) of rope_
  std::vector<float> local_cos_, local_sin_;  // (n_rows, pairs) of local_rope_
  std::vector<ops::HeadRow> wanted_;          // of rows that want logits
  std::vector<float> logits_;                 // (rows that want them, n_vocab)
};

}  // namespace samovar::model
