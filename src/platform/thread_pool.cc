#include "platform/thread_pool.h"

#include <pthread.h>
#include <sched.h>

#include <string>

namespace samovar::platform {
namespace {

// About 40 microseconds: longer than the gap between two steps of a layer, shorter than a neighbour notices.
constexpr int kSpins = 1200;

void pause_cpu() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

uint32_t chunks_left(uint64_t ticket) { return static_cast<uint32_t>(ticket); }

}  // namespace

ThreadPool::ThreadPool(size_t n_threads) {
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

void ThreadPool::take_chunks(size_t thread) {
  uint64_t ticket = ticket_.load(std::memory_order_acquire);
  while (chunks_left(ticket) != 0) {
    if (!ticket_.compare_exchange_weak(ticket, ticket - 1, std::memory_order_acq_rel,
                                       std::memory_order_acquire)) {
      continue;
    }
    const size_t chunk = job_.n_chunks - chunks_left(ticket);
    job_.call(job_.context, chunk, thread);
    n_finished_.fetch_add(1, std::memory_order_release);
    ticket = ticket_.load(std::memory_order_acquire);
  }
}

void ThreadPool::run_job(const Job& job) {
  job_ = job;
  n_finished_.store(0, std::memory_order_relaxed);
  const uint64_t number = (ticket_.load(std::memory_order_relaxed) >> 32U) + 1;
  ticket_.store((number << 32U) | job.n_chunks, std::memory_order_release);
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
