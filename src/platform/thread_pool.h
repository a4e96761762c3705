// Threads that share out the chunks of one job at a time. Each thread has a lane, a run of neighbouring
// chunks that it takes from the front, one by one, so that its reads of memory go on without a jump; a thread
// whose lane is empty takes from the back of another's. So a slow or preempted core takes fewer chunks and a
// worker that has not woken up yet holds up nobody: run() returns when all chunks are done, not when all
// workers have arrived.
//
// Workers spin for some tens of microseconds between jobs (a decode step has hundreds of them) and then
// sleep: an idle pool uses no CPU.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace samovar::platform {

class ThreadPool {
 public:
  // n_threads counts the thread that calls run(); 0 is taken as 1.
  explicit ThreadPool(size_t n_threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  [[nodiscard]] size_t n_threads() const { return workers_.size() + 1; }

  // Calls body(chunk, thread) for every chunk in [0, n_chunks), in no fixed order, and returns when all are
  // done. Fewer than 2^31 chunks. `thread` is in [0, n_threads()) and no two calls run at once with the same
  // one. One run() at a time; `body` must not call run() itself.
  template <typename Body>
  void run(size_t n_chunks, const Body& body) {
    if (n_chunks == 0) return;
    if (n_chunks == 1 || workers_.empty()) {
      for (size_t chunk = 0; chunk < n_chunks; ++chunk) body(chunk, size_t{0});
      return;
    }
    run_job({[](const void* context, size_t chunk, size_t thread) {
               (*static_cast<const Body*>(context))(chunk, thread);
             },
             &body, static_cast<uint32_t>(n_chunks)});
  }

 private:
  struct Job {
    void (*call)(const void* context, size_t chunk, size_t thread) = nullptr;
    const void* context = nullptr;
    uint32_t n_chunks = 0;
  };

  // Chunks not yet taken: the first in the low half, the end in the high half. A chunk is taken by replacing
  // the whole value, which succeeds only while the job is unfinished, so job_ is read safely after it.
  struct alignas(64) Lane {
    std::atomic<uint64_t> range{0};
  };

  void run_job(const Job& job);
  void work(size_t thread);
  // Runs chunks of the job until none is left to take.
  void take_chunks(size_t thread);
  void run_lane(Lane& lane, bool own, size_t thread);

  Job job_;                  // written by run() only while no chunk is left to take
  std::vector<Lane> lanes_;  // [n_threads]
  alignas(64) std::atomic<uint32_t> n_finished_{0};
  alignas(64) std::atomic<uint32_t> wake_{0};  // what sleepers wait on: changes with every job
  std::atomic<uint32_t> n_sleeping_{0};
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> workers_;
};

}  // namespace samovar::platform
