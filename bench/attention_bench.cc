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

// Arguments: head_dim, query rows, keys, key/value heads that the stride spans.
void decode(benchmark::State& state) {
  const size_t dim = static_cast<size_t>(state.range(0));
  const size_t rows = static_cast<size_t>(state.range(1));
  Problem problem(dim, rows, static_cast<size_t>(state.range(2)), rows,
                  dim * static_cast<size_t>(state.range(3)));
  // As many problems as overflow the caches would measure memory; one problem measures what decoding sees,
  // since every layer has its own keys: so between runs another buffer is swept.
  const std::vector<std::byte> other(size_t{96} << 20, std::byte{1});
  double sweep_seconds = 0.0;
  double attend_seconds = 0.0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(table().read_sweep(other));
    const double start = seconds_now();
    benchmark::DoNotOptimize(table().read_sweep(std::as_bytes(std::span(problem.keys))));
    benchmark::DoNotOptimize(table().read_sweep(std::as_bytes(std::span(problem.values))));
    const double middle = seconds_now();
    benchmark::DoNotOptimize(table().read_sweep(other));
    const double resumed = seconds_now();
    table().attend(problem.task);
    const double finished = seconds_now();
    sweep_seconds += middle - start;
    attend_seconds += finished - resumed;
    state.SetIterationTime(finished - resumed);
  }
  const double heads = static_cast<double>(state.range(3));
  const double bytes =
      4.0 * static_cast<double>(dim) * static_cast<double>(state.range(2) * state.iterations());
  state.counters["sweep"] = sweep_seconds / heads / attend_seconds;
  state.counters["GB/s"] = bytes / attend_seconds * 1e-9;
}
BENCHMARK(decode)
    ->ArgNames({"dim", "rows", "keys", "heads"})
    ->ArgsProduct({{256}, {1, 2, 3, 4}, {4096}, {1, 4}})
    ->ArgsProduct({{64}, {1, 3}, {4096}, {1, 3}})
    ->Args({128, 4, 4096, 8})
    ->UseManualTime();

}  // namespace
}  // namespace samovar::kernels

BENCHMARK_MAIN();
