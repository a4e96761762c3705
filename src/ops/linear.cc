#include "ops/linear.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace samovar::ops {
namespace {

constexpr size_t kMaxProducts = 4;

bool reads_floats(tensor::Type type) {
  return type == tensor::Type::kF32 || type == tensor::Type::kF16 || type == tensor::Type::kBF16;
}

// How one product is cut: chunks of whole panels.
struct Cut {
  size_t n_panels = 0;
  size_t per_chunk = 0;
  size_t first_chunk = 0;
};

// Small enough that all threads end together and a preempted one delays little; large enough that taking a
// chunk (some 100 ns) does not count. In prefill a chunk's weights stay in the second-level cache while
// every row passes over them. Some kernels take panels in pairs as soon as there are two rows.
size_t panels_per_chunk(size_t n_panels, size_t panel_bytes, size_t n_rows, size_t n_threads) {
  const size_t target_bytes = n_rows > 8 ? (size_t{128} << 10U) : (size_t{64} << 10U);
  const size_t by_size = target_bytes / std::max<size_t>(1, panel_bytes);
  const size_t by_share = n_panels / (n_threads * 4);
  const size_t n = std::min(by_size, by_share);
  return n_rows > 1 ? std::max<size_t>(2, n / 2 * 2) : std::max<size_t>(1, n);
}

Cut make_cut(const Exec& exec, const kernels::PackedMatrix& weights, size_t n_rows, size_t first_chunk) {
  const size_t panel_rows = exec.kernels().panel_rows;
  Cut cut;
  cut.n_panels = (weights.rows + panel_rows - 1) / panel_rows;
  const size_t panel_bytes = tensor::row_bytes(weights.type, weights.cols) * panel_rows;
  cut.per_chunk = panels_per_chunk(cut.n_panels, panel_bytes, n_rows, exec.pool().n_threads());
  cut.first_chunk = first_chunk;
  return cut;
}

size_t n_chunks(const Cut& cut) { return (cut.n_panels + cut.per_chunk - 1) / cut.per_chunk; }

}  // namespace

const std::byte* quantize(Exec& exec, const Rows& x) {
  const kernels::Table& kernels = exec.kernels();
  const size_t row_bytes = kernels.quantized_row_bytes(x.cols);
  std::byte* out = exec.quantized(row_bytes * x.n_rows);
  exec.for_rows(x.n_rows, x.cols, [&](size_t row) {
    kernels.quantize_rows(x.x + row * x.stride, x.stride, 1, x.cols, out + row * row_bytes);
  });
  return out;
}

void run_linear(Exec& exec, const Rows& x, std::span<const Product> products) {
  CHECK(products.size() <= kMaxProducts);
  std::array<Cut, kMaxProducts> cuts;
  const std::byte* quantized = nullptr;
  size_t chunks = 0;
  for (size_t i = 0; i < products.size(); ++i) {
    const kernels::PackedMatrix& weights = *products[i].weights;
    cuts[i] = make_cut(exec, weights, x.n_rows, chunks);
    chunks += n_chunks(cuts[i]);
    if (quantized == nullptr && !reads_floats(weights.type)) quantized = quantize(exec, x);
  }
  exec.pool().run(chunks, [&](size_t chunk, size_t) {
    size_t i = products.size() - 1;
    while (cuts[i].first_chunk > chunk) --i;
    kernels::MatmulTask task;
    task.weights = products[i].weights;
    task.panel_begin = (chunk - cuts[i].first_chunk) * cuts[i].per_chunk;
    task.panel_end = std::min(cuts[i].n_panels, task.panel_begin + cuts[i].per_chunk);
    task.n_tokens = x.n_rows;
    task.quantized = quantized;
    task.x = x.x;
    task.x_stride = x.stride;
    task.y = products[i].y;
    task.y_stride = products[i].stride;
    exec.kernels().matmul(task);
  });
}

}  // namespace samovar::ops
