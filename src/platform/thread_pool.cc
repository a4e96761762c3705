#include "platform/thread_pool.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <string>

namespace samovar::platform {
namespace {

// About 40 microseconds: longer than the gap between two steps of a layer, shorter than a neighbour notices.
constexpr int kSpins = 1200;

void pause_cpu() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb");  // yield does nothing on servers' cores; this takes about as long as x86's pause
#endif
}

uint32_t first_of(uint64_t range) { return static_cast<uint32_t>(range); }
uint32_t end_of(uint64_t range) { return static_cast<uint32_t>(range >> 32U); }
uint64_t make_range(uint64_t first, uint64_t end) { return first | (end << 32U); }

}  // namespace

ThreadPool::ThreadPool(size_t n_threads) : lanes_(std::max<size_t>(1, n_threads)) {
  for (size_t thread = 1; thread < n_threads; ++thread) {
    workers_.emplace_back([this, thread] { work(thread); });
    pthread_setname_np(workers_.back().native_handle(), ("compute-" + std::to_string(thread)).c_str());
  }
}

ThreadPool::~ThreadPool() {
  stopping_.store(true);
  wake_.fetch_add(1);
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::run_lane(Lane& lane, bool own, size_t thread) {
  uint64_t range = lane.range.load(std::memory_order_acquire);
  while (first_of(range) < end_of(range)) {
    const uint32_t chunk = own ? first_of(range) : end_of(range) - 1;
    const uint64_t rest =
        own ? make_range(chunk + uint64_t{1}, end_of(range)) : make_range(first_of(range), chunk);
    if (!lane.range.compare_exchange_weak(range, rest, std::memory_order_acq_rel,
                                          std::memory_order_acquire)) {
      continue;
    }
    job_.call(job_.context, chunk, thread);
    n_finished_.fetch_add(1, std::memory_order_release);
    range = lane.range.load(std::memory_order_acquire);
  }
}

void ThreadPool::take_chunks(size_t thread) {
  run_lane(lanes_[thread], true, thread);
  for (size_t i = 1; i < lanes_.size(); ++i) run_lane(lanes_[(thread + i) % lanes_.size()], false, thread);
}

void ThreadPool::run_job(const Job& job) {
  job_ = job;
  n_finished_.store(0, std::memory_order_relaxed);
  for (size_t i = 0; i < lanes_.size(); ++i) {
    const uint64_t n = job.n_chunks;
    lanes_[i].range.store(make_range(n * i / lanes_.size(), n * (i + 1) / lanes_.size()),
                          std::memory_order_release);
  }
  wake_.fetch_add(1, std::memory_order_seq_cst);
  if (n_sleeping_.load(std::memory_order_seq_cst) != 0) wake_.notify_all();
  take_chunks(0);
  for (int spins = 0; n_finished_.load(std::memory_order_acquire) != job.n_chunks; ++spins) {
    // A worker that was preempted inside its chunk may need this very core.
    if (spins < kSpins)
      pause_cpu();
    else
      sched_yield();
  }
}

void ThreadPool::work(size_t thread) {
  uint32_t seen = 0;
  while (!stopping_.load(std::memory_order_relaxed)) {
    int spins = 0;
    uint32_t now = wake_.load(std::memory_order_acquire);
    while (now == seen && spins++ < kSpins) {
      pause_cpu();
      now = wake_.load(std::memory_order_acquire);
    }
    if (now == seen) {
      n_sleeping_.fetch_add(1, std::memory_order_seq_cst);
      wake_.wait(seen, std::memory_order_seq_cst);
      n_sleeping_.fetch_sub(1, std::memory_order_relaxed);
      now = wake_.load(std::memory_order_acquire);
    }
    seen = now;
    take_chunks(thread);
  }
}

}  // namespace samovar::platform
