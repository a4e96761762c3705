#include "platform/thread_pool.h"

#include <gtest/gtest.h>
#include <time.h>

#include <chrono>
#include <numeric>

namespace samovar::platform {
namespace {

TEST(ThreadPool, RunsEveryChunkOnce) {
  for (const size_t n_threads : {1, 2, 3, 5}) {
    ThreadPool pool(n_threads);
    for (const size_t n_chunks : {0, 1, 2, 3, 64, 1000}) {
      std::vector<std::atomic<int>> counts(n_chunks);
      pool.run(n_chunks, [&](size_t chunk, size_t thread) {
        EXPECT_LT(thread, pool.n_threads());
        counts[chunk].fetch_add(1);
      });
      for (size_t i = 0; i < n_chunks; ++i) EXPECT_EQ(counts[i].load(), 1) << i << " of " << n_chunks;
    }
  }
}

TEST(ThreadPool, ManyShortJobsSeeEachOthersWrites) {
  ThreadPool pool(2);
  std::vector<int64_t> values(64, 0);
  std::vector<int64_t> copies(64, 0);
  for (int round = 0; round < 20000; ++round) {
    pool.run(values.size(), [&](size_t chunk, size_t) { copies[chunk] = values[(chunk * 7 + 1) % 64]; });
    pool.run(values.size(), [&](size_t chunk, size_t) { values[chunk] = copies[(chunk * 5 + 3) % 64] + 1; });
  }
  EXPECT_EQ(std::accumulate(values.begin(), values.end(), int64_t{0}), 64 * 20000);
}

TEST(ThreadPool, AStalledWorkerHoldsUpOnlyItsOwnChunk) {
  ThreadPool pool(2);
  std::atomic<int> others{0};
  pool.run(100, [&](size_t chunk, size_t) {
    if (chunk == 0) {
      while (others.load() < 99) {
      }  // every other chunk gets done beside the stalled one
    } else {
      others.fetch_add(1);
    }
  });
  EXPECT_EQ(others.load(), 99);
}

TEST(ThreadPool, IdlePoolUsesNoCpu) {
  ThreadPool pool(4);
  pool.run(100, [](size_t, size_t) {});
  const auto cpu_ns = [] {
    timespec spec{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spec);
    return spec.tv_sec * 1'000'000'000LL + spec.tv_nsec;
  };
  const auto settle_until = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
  std::this_thread::sleep_until(settle_until);
  const auto before = cpu_ns();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_LT(cpu_ns() - before, 5'000'000);
}

}  // namespace
}  // namespace samovar::platform
