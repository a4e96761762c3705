// Attention of one key/value head, for the table in use (SAMOVAR_ISA chooses another).
// Prefill: "peak" is the share of the core's measured float multiply-add rate; work counted over visible
// keys only. Decode: "sweep" is the speed of reading keys and values as a share of Table::read_sweep's
// over the same bytes.
#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "kernels/table.h"

namespace samovar::kernels {
namespace {

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Of this thread: other processes on the core do not count.
double cpu_seconds_now() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// Multiply-adds per second of independent chains in registers, at the widest vectors of the table in use.
#define SAMOVAR_PEAK(name, isa, bytes)                                                           \
  __attribute__((target(isa), noinline)) double name() {                                         \
    typedef float Vec __attribute__((vector_size(bytes)));                                       \
    constexpr int kChains = 12;                                                                  \
    constexpr int kSteps = 4000000;                                                              \
    Vec sums[kChains] = {};                                                                      \
    Vec a = {};                                                                                  \
    _Pragma("GCC unroll 12") for (int j = 0; j < kChains; ++j) asm volatile("" : "+x"(sums[j])); \
    asm volatile("" : "+x"(a));                                                                  \
    const double start = cpu_seconds_now();                                                      \
    for (int i = 0; i < kSteps; ++i) {                                                           \
      _Pragma("GCC unroll 12") for (int j = 0; j < kChains; ++j) sums[j] = a * a + sums[j];      \
      asm volatile("" : "+x"(a));                                                                \
    }                                                                                            \
    _Pragma("GCC unroll 12") for (int j = 0; j < kChains; ++j) asm volatile("" ::"x"(sums[j]));  \
    return kSteps * (kChains * (bytes / 4.0)) / (cpu_seconds_now() - start);                     \
  }
SAMOVAR_PEAK(peak_generic, "sse2", 16)
SAMOVAR_PEAK(peak_avx2, "avx2,fma", 32)
SAMOVAR_PEAK(peak_avx512, "avx512f", 64)

double peak_rate() {
  const std::string_view isa = table().isa;
  double best = 0.0;
  for (int i = 0; i < 3; ++i) {
    best = std::max(best, isa == "avx512" ? peak_avx512() : isa == "avx2" ? peak_avx2() : peak_generic());
  }
  return best;
}

// `n_queries` rows, `rows_per_token` of them at one position, the last one at the last key.
struct Problem {
  Problem(size_t dim, size_t n_queries, size_t n_keys, size_t rows_per_token, size_t stride)
      : queries(n_queries) {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    std::vector<float> x(n_keys * stride);
    keys.resize(x.size());
    values.resize(x.size());
    for (std::vector<uint16_t>* half : {&keys, &values}) {
      std::generate(x.begin(), x.end(), [&] { return normal(random); });
      table().to_f16(x.data(), x.size(), half->data());
    }
    rows.resize(2 * n_queries * dim);
    std::generate(rows.begin(), rows.end(), [&] { return normal(random); });
    const size_t n_tokens = (n_queries + rows_per_token - 1) / rows_per_token;
    for (size_t i = 0; i < n_queries; ++i) {
      queries[i] = rows.data() + i * dim;
      outputs.push_back(rows.data() + (n_queries + i) * dim);
      first.push_back(0);
      end.push_back(static_cast<int32_t>(n_keys - n_tokens + i / rows_per_token + 1));
      visible_keys += static_cast<double>(end.back());
    }
    scratch.resize(table().attention_scratch_floats(dim, n_queries));
    task = {.head_dim = dim,
            .n_queries = n_queries,
            .queries = queries.data(),
            .outputs = outputs.data(),
            .first_key = first.data(),
            .end_key = end.data(),
            .keys = keys.data(),
            .values = values.data(),
            .kv_stride = stride,
            .scale = 1.0F / std::sqrt(static_cast<float>(dim)),
            .scratch = scratch.data()};
  }

  std::vector<uint16_t> keys;
  std::vector<uint16_t> values;
  std::vector<float> rows;
  std::vector<const float*> queries;
  std::vector<float*> outputs;
  std::vector<int32_t> first;
  std::vector<int32_t> end;
  std::vector<float> scratch;
  double visible_keys = 0.0;
  AttentionTask task;
};

// Arguments: head_dim, query rows, keys, softcap.
void prefill(benchmark::State& state) {
  const size_t dim = static_cast<size_t>(state.range(0));
  Problem problem(dim, static_cast<size_t>(state.range(1)), static_cast<size_t>(state.range(2)), 4, dim);
  problem.task.softcap = static_cast<float>(state.range(3));
  problem.task.method = AttentionMethod::kManyRows;
  const double peak = peak_rate();
  for (auto _ : state) table().attend(problem.task);
  const double work = 2.0 * problem.visible_keys * static_cast<double>(dim);
  const double runs = static_cast<double>(state.iterations());
  state.counters["peak"] = benchmark::Counter(runs * work / peak, benchmark::Counter::kIsRate);
  state.counters["flops"] = benchmark::Counter(2.0 * runs * work, benchmark::Counter::kIsRate);
}
BENCHMARK(prefill)
    ->ArgNames({"dim", "rows", "keys", "softcap"})
    ->ArgsProduct({{64, 80, 128, 256}, {32}, {512, 4096}, {0}})
    ->Args({256, 32, 4096, 50})
    ->Args({64, 5, 4096, 0})
    ->Args({64, 48, 4096, 0})
    ->Args({256, 64, 4096, 0});

double median(std::vector<double> x) {
  std::nth_element(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2), x.end());
  return x[x.size() / 2];
}

// Arguments: head_dim, query rows, keys. Each run uses another layer's keys and values, as decoding does, 96
// MB of them, so that they come from memory; medians, because other processes share its bandwidth.
void decode(benchmark::State& state) {
  const size_t dim = static_cast<size_t>(state.range(0));
  const size_t rows = static_cast<size_t>(state.range(1));
  const size_t n_keys = static_cast<size_t>(state.range(2));
  const size_t layer_halves = n_keys * dim;
  const size_t n_layers = (size_t{48} << 20) / (2 * layer_halves);
  Problem problem(dim, rows, n_keys, rows, dim);
  std::vector<uint16_t> layers;
  for (size_t i = 0; i < 2 * n_layers; ++i)
    layers.insert(layers.end(), problem.keys.begin(), problem.keys.end());
  std::vector<double> sweep_seconds;
  std::vector<double> attend_seconds;
  size_t layer = 0;
  for (auto _ : state) {
    const uint16_t* swept = layers.data() + layer % n_layers * 2 * layer_halves;
    problem.task.keys = layers.data() + (layer + n_layers / 2) % n_layers * 2 * layer_halves;
    problem.task.values = problem.task.keys + layer_halves;
    ++layer;
    const double start = seconds_now();
    benchmark::DoNotOptimize(table().read_sweep(std::as_bytes(std::span(swept, 2 * layer_halves))));
    const double middle = seconds_now();
    table().attend(problem.task);
    attend_seconds.push_back(seconds_now() - middle);
    sweep_seconds.push_back(middle - start);
    state.SetIterationTime(attend_seconds.back());
  }
  state.counters["sweep"] = median(sweep_seconds) / median(attend_seconds);
  state.counters["GB/s"] = static_cast<double>(4 * layer_halves) / median(attend_seconds) * 1e-9;
}
BENCHMARK(decode)
    ->ArgNames({"dim", "rows", "keys"})
    ->ArgsProduct({{64, 128, 256}, {1, 2, 3, 4, 8}, {4096}})
    ->Iterations(200)
    ->UseManualTime();

}  // namespace
}  // namespace samovar::kernels

BENCHMARK_MAIN();
