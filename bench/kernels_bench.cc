// Matrix products of every weight type at Gemma-2-2B's shapes, for the table in use (SAMOVAR_ISA chooses).
//   kernels_bench [TYPE...]
// decode: GB/s of packed weights read from memory for one token, beside read_sweep over the same bytes.
// cold4, cold8: 10^9 multiply-adds per second for 4 and 8 tokens with those weights, from memory.
// prefill: the same for 512, 8 and 2 tokens with few weights; pack: GB/s of file bytes. One thread; best of
// the runs by the thread's own processor time, so that other processes on the core count little.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "kernels/random_blocks.h"
#include "kernels/table.h"

namespace samovar::kernels {
namespace {

using tensor::Type;

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

template <class Run>
double best_seconds(int runs, Run run) {
  double best = 1e9;
  for (int i = 0; i < runs; ++i) {
    const double start = cpu_seconds();
    run();
    best = std::min(best, cpu_seconds() - start);
  }
  return best;
}

// Some random file rows, repeated to n_rows in packed form.
struct Weights {
  Weights(Type type, size_t n_rows, size_t cols) {
    const Table& kernels = table();
    constexpr size_t kDistinct = 64;
    const std::vector<std::byte> file = random_rows(type, kDistinct, cols, 1);
    if (kernels.packs(type)) {
      const size_t bytes = kernels.panel_bytes(type, cols);
      const size_t distinct = kDistinct / kernels.panel_rows;
      storage.resize(n_rows / kernels.panel_rows * bytes);
      for (size_t p = 0; p < n_rows / kernels.panel_rows; ++p) {
        const size_t from = p % distinct * (file.size() / distinct);
        if (p < distinct) {
          kernels.pack_panel(type, &file[from], kernels.panel_rows, cols, &storage[p * bytes]);
        } else {
          std::memcpy(&storage[p * bytes], &storage[p % distinct * bytes], bytes);
        }
      }
    } else {
      while (storage.size() < file.size() / kDistinct * n_rows) {
        storage.insert(storage.end(), file.begin(), file.end());
      }
    }
    packed = {type, n_rows, cols, storage.data()};
  }

  std::vector<std::byte> storage;
  PackedMatrix packed;
};

struct Input {
  Input(size_t n_tokens, size_t cols)
      : x(n_tokens * cols), quantized(n_tokens * table().quantized_row_bytes(cols)) {
    std::mt19937 random(1);
    std::normal_distribution<float> normal(0, 1);
    for (float& value : x) value = normal(random);
    table().quantize_rows(x.data(), cols, n_tokens, cols, quantized.data());
  }
  std::vector<float> x;
  std::vector<std::byte> quantized;
};

double multiply_seconds(const Weights& weights, size_t n_tokens, int runs) {
  const size_t rows = weights.packed.rows;
  const size_t cols = weights.packed.cols;
  const Input input(n_tokens, cols);
  std::vector<float> y(n_tokens * rows);
  const MatmulTask task = {.weights = &weights.packed,
                           .panel_begin = 0,
                           .panel_end = rows / table().panel_rows,
                           .n_tokens = n_tokens,
                           .quantized = input.quantized.data(),
                           .x = input.x.data(),
                           .x_stride = cols,
                           .y = y.data(),
                           .y_stride = rows};
  return best_seconds(runs, [&] { table().matmul(task); });
}

double decode_gb(const Weights& weights) {
  return static_cast<double>(weights.storage.size()) / 1e9 / multiply_seconds(weights, 1, 7);
}

double cold_gmac(const Weights& weights, size_t n_tokens) {
  const double macs = static_cast<double>(weights.packed.rows * weights.packed.cols * n_tokens);
  return macs / 1e9 / multiply_seconds(weights, n_tokens, 7);
}

double prefill_gmac(Type type, size_t rows, size_t cols, size_t n_tokens) {
  const Weights weights(type, rows, cols);
  const double macs = static_cast<double>(rows * cols * n_tokens);
  return macs / 1e9 / multiply_seconds(weights, n_tokens, n_tokens < 64 ? 20 : 5);
}

double pack_gb(Type type, size_t cols) {
  const Table& kernels = table();
  if (!kernels.packs(type)) return 0;
  const std::vector<std::byte> file = random_rows(type, kernels.panel_rows * 32, cols, 1);
  std::vector<std::byte> panel(kernels.panel_bytes(type, cols));
  const double seconds = best_seconds(5, [&] {
    for (size_t at = 0; at < file.size(); at += file.size() / 32) {
      kernels.pack_panel(type, &file[at], kernels.panel_rows, cols, panel.data());
    }
  });
  return static_cast<double>(file.size()) / 1e9 / seconds;
}

void run(Type type, size_t decode_rows) {
  const Weights large(type, decode_rows, 2304);
  const double sweep = best_seconds(7, [&] { (void)table().read_sweep(large.storage); });
  const double sweep_gb = static_cast<double>(large.storage.size()) / 1e9 / sweep;
  const double decode = decode_gb(large);
  std::printf("%-7s %7.1f %6.1f %4.0f%% %8.1f %8.1f %8.1f %8.1f %8.1f %8.1f %8.1f\n",
              tensor::type_info(type).name.data(), sweep_gb, decode, 100 * decode / sweep_gb,
              cold_gmac(large, 4), cold_gmac(large, 8), prefill_gmac(type, 2304, 2304, 512),
              prefill_gmac(type, 512, 9216, 512), prefill_gmac(type, 2304, 2304, 8),
              prefill_gmac(type, 2304, 2304, 2), pack_gb(type, 2304));
  std::fflush(stdout);
}

}  // namespace
}  // namespace samovar::kernels

int main(int argc, char** argv) {
  using samovar::tensor::find_type;
  std::printf("isa %s\n%-7s %7s %6s %5s %8s %8s %8s %8s %8s %8s %8s\n", samovar::kernels::table().isa.data(),
              "type", "sweep", "decode", "", "cold4", "cold8", "512x2304", "512x9216", "8x2304", "2x2304",
              "pack");
  for (uint32_t number = 0; number < 40; ++number) {
    const auto info = find_type(number);
    if (!info) continue;
    bool wanted = argc < 2;
    for (int i = 1; i < argc; ++i) wanted = wanted || info->name == argv[i];
    if (wanted)
      samovar::kernels::run(info->type,
                            (96U << 20) / 2304 * info->block_elements / info->block_bytes / 64 * 64);
  }
  return 0;
}
